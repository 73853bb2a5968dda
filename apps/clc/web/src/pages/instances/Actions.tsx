// The buttons of an instance: what is allowed now, first of all what failed. What loses a disk or a saved memory is asked about first.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { InstanceAction, InstanceView } from '@educloud/contracts';
import { isApiError } from '../../api/client.ts';
import { AskEnd } from '../../components/AskEnd.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { useAction } from '../../hooks/useInstances.ts';
import { ChangeDialog } from './ChangeDialog.tsx';

const ONWARD = ['run', 'unpause', 'resume', 'stop', 'reboot', 'pause', 'suspend', 'extend'] as const satisfies readonly InstanceAction[];
const LAST = ['reset', 'delete'] as const satisfies readonly InstanceAction[];

/** Is something of its user's lost by it that a wish for the action does not already say? */
const loses = (action: InstanceAction, { vmState, status, lifetime, madeFrom }: InstanceView): boolean =>
  action === 'reset' || action === 'delete' || (action === 'stop' && vmState === 'suspended') || (action === 'run' && status === 'ERROR' && lifetime !== 'persistent' && madeFrom !== null);

/** What failed and may be asked for again; a machine that broke while it ran is started again. */
function failedOf({ error, plans, status, allowed }: InstanceView): InstanceAction | undefined {
  if (error === null) return undefined;
  const last = [...plans].sort((a, b) => b.seq - a.seq)[0];
  const again = last?.state === 'failed' ? last.step : status === 'ERROR' ? 'run' : undefined;
  return allowed.find((each) => each === again);
}

export function Actions({ instance }: { instance: InstanceView }) {
  const { t } = useTranslation();
  const action = useAction(instance.id);
  const [losing, setLosing] = useState<InstanceAction | null>(null);
  const [changing, setChanging] = useState(false);
  const allowed = (each: InstanceAction): boolean => instance.allowed.includes(each);
  const press = (each: InstanceAction): void => (loses(each, instance) ? setLosing(each) : action.mutate(each));
  const failed = failedOf(instance);
  const label = (each: InstanceAction): string => (each === failed ? t('instance.again', { what: t(`instance.do.${each}`) }) : t(`instance.do.${each}`));
  const named = (each: InstanceAction): string => `${label(each)}: ${instance.name}`;
  const onward = ONWARD.filter(allowed).sort((a, b) => Number(b === failed) - Number(a === failed));
  const { error, variables } = action;
  return (
    <>
      <div className="panel-do">
        {onward.map((each, index) => <button key={each} type="button" className={index === 0 ? 'primary' : undefined} aria-label={named(each)} disabled={action.isPending} onClick={() => press(each)}>{label(each)}</button>)}
        {allowed('modify') ? <button type="button" aria-label={named('modify')} onClick={() => setChanging(true)}>{t('instance.do.modify')}</button> : null}
        {LAST.filter(allowed).map((each) => <button key={each} type="button" className={each === 'delete' ? 'give-up' : undefined} aria-label={named(each)} disabled={action.isPending} onClick={() => press(each)}>{label(each)}</button>)}
      </div>
      <ProblemLine error={error} {...(variables && isApiError(error) && error.problem.retryable ? { onRetry: () => action.mutate(variables) } : {})} />
      {changing ? <ChangeDialog instance={instance} onClose={() => setChanging(false)} /> : null}
      {losing ? (
        <Dialog title={t(`instance.ask.${losing}`, { name: instance.name })} onClose={() => setLosing(null)}>
          {instance.vmState === 'suspended' ? <p className="loss">{t('instance.memoryLost')}</p> : null}
          {losing !== 'stop' && (instance.madeFrom !== null || !instance.dataDiskGiB) ? <p className={instance.madeFrom === null ? undefined : 'loss'}>{instance.madeFrom === null ? t('instance.nothingLost') : t('instance.diskLost')}</p> : null}
          {instance.dataDiskGiB > 0 ? <p className={losing === 'delete' ? 'loss' : undefined}>{t(losing === 'delete' ? 'instance.dataLost' : 'instance.dataStays')}</p> : null}
          <AskEnd yes={t(`instance.yes.${losing}`)} onYes={() => { setLosing(null); action.mutate(losing); }} onBack={() => setLosing(null)} />
        </Dialog>
      ) : null}
    </>
  );
}
