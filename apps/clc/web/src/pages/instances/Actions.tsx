// The buttons of an instance: what is allowed now. What loses a disk or a saved memory is asked about first.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { InstanceAction, InstanceView } from '@educloud/contracts';
import { Dialog } from '../../components/Dialog.tsx';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { useAction } from '../../hooks/useInstances.ts';
import { ChangeDialog } from './ChangeDialog.tsx';

const ONWARD = ['run', 'unpause', 'resume', 'stop', 'reboot', 'pause', 'suspend', 'extend'] as const satisfies readonly InstanceAction[];
const LAST = ['reset', 'delete'] as const satisfies readonly InstanceAction[];

/** Is something of its user's lost by it that a wish for the action does not already say? */
const loses = (action: InstanceAction, { vmState, status, lifetime, madeFrom }: InstanceView): boolean =>
  action === 'reset' || action === 'delete' || (action === 'stop' && vmState === 'suspended') || (action === 'run' && status === 'ERROR' && lifetime !== 'persistent' && madeFrom !== null);

export function Actions({ instance }: { instance: InstanceView }) {
  const { t } = useTranslation();
  const action = useAction(instance.id);
  const [losing, setLosing] = useState<InstanceAction | null>(null);
  const [changing, setChanging] = useState(false);
  const allowed = (each: InstanceAction): boolean => instance.allowed.includes(each);
  const press = (each: InstanceAction): void => (loses(each, instance) ? setLosing(each) : action.mutate(each));
  const named = (each: InstanceAction): string => `${t(`instance.do.${each}`)}: ${instance.name}`;
  return (
    <>
      <div className="panel-do">
        {ONWARD.filter(allowed).map((each, index) => <button key={each} type="button" className={index === 0 ? 'primary' : undefined} aria-label={named(each)} disabled={action.isPending} onClick={() => press(each)}>{t(`instance.do.${each}`)}</button>)}
        {allowed('modify') ? <button type="button" aria-label={named('modify')} onClick={() => setChanging(true)}>{t('instance.do.modify')}</button> : null}
        {LAST.filter(allowed).map((each) => <button key={each} type="button" className={each === 'delete' ? 'give-up' : undefined} aria-label={named(each)} disabled={action.isPending} onClick={() => press(each)}>{t(`instance.do.${each}`)}</button>)}
      </div>
      <ProblemLine error={action.error} />
      {changing ? <ChangeDialog instance={instance} onClose={() => setChanging(false)} /> : null}
      {losing ? (
        <Dialog title={t(`instance.ask.${losing}`, { name: instance.name })} onClose={() => setLosing(null)}>
          {instance.vmState === 'suspended' ? <p className="loss">{t('instance.memoryLost')}</p> : null}
          {losing !== 'stop' && (instance.madeFrom !== null || !instance.dataDiskGiB) ? <p className={instance.madeFrom === null ? undefined : 'loss'}>{instance.madeFrom === null ? t('instance.nothingLost') : t('instance.diskLost')}</p> : null}
          {instance.dataDiskGiB > 0 ? <p className={losing === 'delete' ? 'loss' : undefined}>{t(losing === 'delete' ? 'instance.dataLost' : 'instance.dataStays')}</p> : null}
          <div className="dialog-do">
            <button type="button" onClick={() => setLosing(null)} autoFocus>{t('confirm.no')}</button>
            <button type="button" className="danger" onClick={() => { setLosing(null); action.mutate(losing); }}>{t(`instance.yes.${losing}`)}</button>
          </div>
        </Dialog>
      ) : null}
    </>
  );
}
