// After a failure, in one line each: what happened, what is kept, where and until when, what to do; and the button to retry.
import { useTranslation } from 'react-i18next';
import type { TaskView } from '@educloud/contracts';
import { Icon } from '../../components/Icon.tsx';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { useStep } from '../../hooks/useCloud.ts';
import { useErrorWords } from '../../hooks/useErrorWords.ts';
import { formatUntil } from '../../i18n/format.ts';

export function FailureLine({ task }: { task: TaskView }) {
  const { t, i18n } = useTranslation();
  const words = useErrorWords();
  const step = useStep(task);
  if (!task.error || task.state === 'cancelled' || task.state === 'deleted') return null;
  const { meaning, action } = words(task.error.code);
  const again = task.allowed.includes('retry') ? 'retry' : task.failedStep && task.allowed.includes(task.failedStep) ? task.failedStep : null;
  return (
    <section className="failure" role="alert">
      <Icon name="alert" />
      <div>
        <p><strong>{task.failedStep ? t('fail.happened', { step: t(`stepName.${task.failedStep}`) }) : t('fail.somehow')}:</strong> {meaning} {task.error.message !== meaning ? <span className="failure-detail">{task.error.message}</span> : null}</p>
        <p>
          <strong>{t('fail.kept')}:</strong>{' '}
          {task.kept ? t('fail.keptText', { what: task.kept.what, where: task.kept.where, until: formatUntil(task.kept.until, i18n.language) }) : t('fail.nothingKept')}
        </p>
        <p><strong>{t('fail.todo')}:</strong> {action}</p>
        <ProblemLine error={step.error} />
        {again ? <button type="button" className="primary" disabled={step.isPending} onClick={() => step.mutate(again)}>{t('do.retry')}</button> : null}
      </div>
    </section>
  );
}
