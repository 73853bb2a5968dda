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
  const { meaning, detail, action } = words(task.error);
  // The usual two answers of the server have words of our own in each language; anything else is shown as it came.
  const keptWords = ({ kept, insId }: TaskView): string => {
    if (!kept || kept.what === 'nothing') return t('fail.nothingKept');
    if (kept.until === 'submit, cancel or delete') return t('fail.keptDisk', { ins: insId, where: kept.where });
    return t('fail.keptText', { what: kept.what, where: kept.where, until: formatUntil(kept.until, i18n.language) });
  };
  const again = task.allowed.includes('retry') ? 'retry' : task.failedStep && task.allowed.includes(task.failedStep) ? task.failedStep : null;
  return (
    <section className="failure" role="alert">
      <Icon name="alert" />
      <div>
        <p><strong>{task.failedStep ? t('fail.happened', { step: t(`stepName.${task.failedStep}`) }) : t('fail.somehow')}{t('colon')}</strong>{meaning} {detail !== meaning ? <span className="failure-detail">{detail}</span> : null}</p>
        <p>
          <strong>{t('fail.kept')}{t('colon')}</strong>
          {keptWords(task)}
        </p>
        <p><strong>{t('fail.todo')}{t('colon')}</strong>{action}</p>
        <ProblemLine error={step.error} />
        {again ? <button type="button" className="primary" disabled={step.isPending} onClick={() => step.mutate(again)}>{t('do.retry')}</button> : null}
      </div>
    </section>
  );
}
