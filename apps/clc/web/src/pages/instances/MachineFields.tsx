// What the dialogs that define and change a machine both ask. What most want stands open: its disks. The rest is folded away.
import { useTranslation } from 'react-i18next';
import { LIFETIMES, type CloudInitView, type InstanceKind, type Lifetime } from '@educloud/contracts';
import { FieldOf } from '../../components/FieldOf.tsx';
import { Fold } from '../../components/Fold.tsx';
import { CardsAndServices } from './CardsAndServices.tsx';
import { FirstStart } from './FirstStart.tsx';
import type { MachineText } from './machine-text.ts';
import { PlaceSettings } from './PlaceSettings.tsx';
import { RuntimeSettings } from './RuntimeSettings.tsx';
import { StopSettings } from './StopSettings.tsx';

/** Fields of the request that stand below an input of these dialogs when they are refused. */
const AT_INPUTS = new Set(['name', 'imageId', 'vmType', 'memoryMiB', 'cpus', 'description', 'imageVersion', 'diskGiB', 'lifetime', 'dataDiskGiB', 'node', 'cluster', 'ownerGroup', 'placementPolicy', 'nics', 'services', 'autoStop', 'cloudInit', 'accessMode', 'startup', 'scale']);
export const standsAtInput = (field: string): boolean => AT_INPUTS.has(field.split('.', 1)[0] ?? '');

/** `told`: what a machine that is there is told at its first start. `usualDisk`: how large its system disk is when nothing is typed. */
export function MachineFields({ kind, text, told, usualDisk, usualServices, onChange }: { kind: InstanceKind; text: MachineText; told: CloudInitView | null; usualDisk: string; usualServices: string; onChange: (text: MachineText) => void }) {
  const { t } = useTranslation();
  const set = (part: Partial<MachineText>): void => onChange({ ...text, ...part });
  return (
    <>
      <div className="pair">
        <FieldOf of={['lifetime']} label={t('instance.disk')}>{(props) => <select name="lifetime" value={text.lifetime} onChange={(event) => set({ lifetime: event.target.value as Lifetime })} {...props}>{LIFETIMES[kind].map((each) => <option key={each} value={each}>{t(`instance.lifetime.${each}`)}</option>)}</select>}</FieldOf>
        {kind === 'lvd'
          ? <FieldOf of={['ownerGroup']} label={t('local.group')}>{(props) => <input name="ownerGroup" value={text.place.group} onChange={(event) => set({ place: { ...text.place, group: event.target.value } })} maxLength={200} placeholder={t('local.groupAll')} {...props} />}</FieldOf>
          : <FieldOf of={['dataDiskGiB']} label={t('instance.dataDisk')}>{(props) => <input name="dataDisk" type="number" min="0" max="65536" value={text.dataDisk} onChange={(event) => set({ dataDisk: event.target.value })} placeholder={t('instance.dataDiskNone')} {...props} />}</FieldOf>}
      </div>
      <div className="folds">
        <Fold title={t('about.title')}>
          <div className="pair">
            <FieldOf of={['imageVersion']} label={t('about.version')}>{(props) => <input name="imageVersion" type="number" min="1" value={text.version} onChange={(event) => set({ version: event.target.value })} placeholder={t('about.newest')} {...props} />}</FieldOf>
            <FieldOf of={['diskGiB']} label={t('about.disk')}>{(props) => <input name="disk" type="number" min="0" max="65536" value={text.disk} onChange={(event) => set({ disk: event.target.value })} placeholder={usualDisk} {...props} />}</FieldOf>
          </div>
          <FieldOf of={['description']} label={t('about.description')}>{(props) => <textarea name="description" rows={2} value={text.description} onChange={(event) => set({ description: event.target.value })} maxLength={2000} {...props} />}</FieldOf>
        </Fold>
        {kind === 'lvd' ? null : (
          <>
            <StopSettings text={text.stops} onChange={(stops) => set({ stops })} />
            <CardsAndServices text={text.cards} usually={usualServices} onChange={(cards) => set({ cards })} />
            <RuntimeSettings text={text.runtime} onChange={(runtime) => set({ runtime })} />
          </>
        )}
        <PlaceSettings kind={kind} text={text.place} onChange={(place) => set({ place })} />
        {kind === 'lvd' ? null : <FirstStart text={text.told} before={told} onChange={(now) => set({ told: now })} />}
      </div>
    </>
  );
}
