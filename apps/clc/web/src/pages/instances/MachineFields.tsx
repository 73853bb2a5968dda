// What the dialogs that define and change a machine both ask: its disks, when it shuts down by itself, its network, how it is reached and started.
import { useTranslation } from 'react-i18next';
import { LIFETIMES, type InstanceKind, type Lifetime } from '@educloud/contracts';
import { CardsAndServices } from './CardsAndServices.tsx';
import type { MachineText } from './machine-text.ts';
import { RuntimeSettings } from './RuntimeSettings.tsx';

export function MachineFields({ kind, text, onChange }: { kind: InstanceKind; text: MachineText; onChange: (text: MachineText) => void }) {
  const { t } = useTranslation();
  const set = (part: Partial<MachineText>): void => onChange({ ...text, ...part });
  return (
    <>
      <div className="pair">
        <label>{t('instance.disk')}<select name="lifetime" value={text.lifetime} onChange={(event) => set({ lifetime: event.target.value as Lifetime })}>{LIFETIMES[kind].map((each) => <option key={each} value={each}>{t(`instance.lifetime.${each}`)}</option>)}</select></label>
        {kind === 'lvd'
          ? <label>{t('local.group')}<input name="ownerGroup" value={text.group} onChange={(event) => set({ group: event.target.value })} maxLength={200} placeholder={t('local.groupAll')} /></label>
          : <label>{t('instance.dataDisk')}<input name="dataDisk" type="number" min="0" max="65536" value={text.dataDisk} onChange={(event) => set({ dataDisk: event.target.value })} placeholder={t('instance.dataDiskNone')} /></label>}
      </div>
      {kind === 'lvd' ? null : (
        <>
          <div className="pair">
            <label>{t('instance.stopAfter')}<input name="stopAfter" type="number" min="1" max="43200" value={text.stopAfter} onChange={(event) => set({ stopAfter: event.target.value })} placeholder={t('instance.stopAfterNever')} /></label>
            <label>{t('instance.stopIdle')}<input name="stopIdle" type="number" min="1" max="10080" value={text.stopIdle} onChange={(event) => set({ stopIdle: event.target.value })} placeholder={t('instance.stopAfterNever')} /></label>
          </div>
          <CardsAndServices text={text.cards} onChange={(cards) => set({ cards })} />
          <RuntimeSettings text={text.runtime} onChange={(runtime) => set({ runtime })} />
        </>
      )}
    </>
  );
}
