// One batch on the page of machines: how far all of it is, who failed and why, and once more those that did.
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { BatchView } from '@educloud/contracts';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { useBatch, useBegin } from '../../hooks/useBatches.ts';
import { useErrorWords } from '../../hooks/useErrorWords.ts';

export function BatchPanel({ batch: listed, onDismiss }: { batch: BatchView; onDismiss: () => void }) {
  const { t } = useTranslation();
  const words = useErrorWords();
  const batch = useBatch(listed.id).data ?? listed;
  const begin = useBegin();
  const { counts, total, state } = batch;
  const trouble = counts.failed + counts.refused;
  const what = t(`batch.action.${batch.action}`);
  const again = batch.action === 'define-and-run' ? 'run' : batch.action;
  const failed = batch.members.filter((member) => member.state === 'failed' || member.state === 'refused').map((member) => member.id);
  return (
    <section className="card" aria-label={`${what}${batch.name ? `: ${batch.name}` : ''}`}>
      {state === 'running' ? <ProgressBar what={what} percent={batch.progress} /> : <div className="section-head"><h2>{what}{t('batch.ended', { state: t(`batch.state.${state}`) })}</h2><button type="button" onClick={onDismiss}>{t('batch.dismiss')}</button></div>}
      <p className="facts"><span>{t('batch.counts', { done: counts.done, total })}</span>{trouble > 0 ? <span className="mark bad">{t('batch.failed', { count: trouble })}</span> : null}</p>
      {trouble > 0 ? (
        <ul className="batch-failed">
          {batch.members.filter((member) => member.error).map((member) => <li key={member.id}><Link to="/instances/$id" params={{ id: member.id }}>{member.name}</Link>{' '}{member.error ? words(member.error).detail : ''}</li>)}
        </ul>
      ) : null}
      {state !== 'running' && failed.length > 0 ? <div className="panel-do"><button type="button" disabled={begin.isPending} onClick={() => begin.mutate({ action: again, ids: failed }, { onSuccess: onDismiss })}>{t('batch.doCount', { what: t('instance.again', { what: t(`instance.do.${again}`) }), count: failed.length })}</button></div> : null}
      <ProblemLine error={begin.error} />
    </section>
  );
}
