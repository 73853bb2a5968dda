// Everything that was done with a build or a machine, with its jobs and how long each took; newest first.
import { useTranslation } from 'react-i18next';
import type { PlanView } from '@educloud/contracts';
import { useSaid } from '../hooks/useErrorWords.ts';
import { formatDuration, formatTime } from '../i18n/format.ts';

type Job = PlanView['jobs'][number];
/** Where the words for what was done are: steps of a build, actions on a machine. */
type Names = 'stepName' | 'actionName';

const TONE: Record<string, string> = { done: 'good', failed: 'bad', stuck: 'bad', running: 'busy', unwinding: 'busy', undoing: 'busy' };

export function HistoryView({ plans, names }: { plans: PlanView[]; names: Names }) {
  const { t } = useTranslation();
  return (
    <section className="card wide" aria-labelledby="history">
      <h2 id="history">{t('history.title')}</h2>
      {plans.length === 0 ? <p className="soft">{t('history.empty')}</p> : null}
      {[...plans].sort((a, b) => b.seq - a.seq).map((plan) => <PlanItem key={plan.seq} plan={plan} names={names} />)}
    </section>
  );
}

function PlanItem({ plan, names }: { plan: PlanView; names: Names }) {
  const { t, i18n } = useTranslation();
  return (
    <details className="plan">
      <summary>
        <span>{t('history.plan', { seq: plan.seq, step: t(`${names}.${plan.step}`, { defaultValue: plan.step }) })}</span>
        <span className={`mark ${TONE[plan.state] ?? 'calm'}`}>{t(`jobState.${plan.state}`)}</span>
        <span className="soft">{formatTime(plan.startedAt, i18n.language)}{plan.endedAt === null ? '' : ` · ${formatDuration(plan.endedAt - plan.startedAt, i18n.language)}`}</span>
      </summary>
      <ol className="jobs">{plan.jobs.map((job) => <JobItem key={job.name} job={job} />)}</ol>
    </details>
  );
}

function JobItem({ job }: { job: Job }) {
  const { t, i18n } = useTranslation();
  const said = useSaid();
  const how = typeof job.result === 'object' && job.result !== null && 'how' in job.result ? String(job.result.how) : null;
  return (
    <li>
      <span className={`mark ${TONE[job.state] ?? 'calm'}`}>{t(`jobState.${job.state}`)}</span>
      <span>
        {t(`job.${job.name}`, { defaultValue: job.name })} <span className="soft">· {t(`role.${job.role}`, { defaultValue: job.role })}</span>
        {job.attempt > 1 ? <span className="soft"> · {t('history.attempt', { n: job.attempt })}</span> : null}
        {how ? <span className="soft"> · {t(`history.how.${how}`, { defaultValue: how })}</span> : null}
        {job.error ? <span className="job-error"> {said(job.error.why, job.error.message)}</span> : null}
      </span>
      <span className="number soft">{job.startedAt !== null && job.endedAt !== null ? formatDuration(job.endedAt - job.startedAt, i18n.language) : ''}</span>
    </li>
  );
}
