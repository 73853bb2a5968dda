// What is going on now, what comes next, and the buttons that are allowed. The middle of the wizard.
import { useState } from 'react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Step, TaskView } from '@educloud/contracts';
import { hasProgress, wordsOf } from '../../api/task-shape.ts';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { useStep } from '../../hooks/useCloud.ts';
import { useSaid } from '../../hooks/useErrorWords.ts';
import { useProgress } from '../../hooks/useProgress.ts';
import { formatBytes } from '../../i18n/format.ts';
import { EndDialog } from './EndDialog.tsx';

/** Going on comes first; ending the task is never the loud button. */
const ONWARD: readonly Step[] = ['retry', 'prepare', 'submit', 'run', 'stop'];

/** What only the task's own message tells: why a guest stands still or is off. */
const TELLS_MORE: ReadonlySet<string> = new Set(['guestPausedDiskFull', 'guestBroke', 'guestLost', 'guestPoweredOff', 'submittedCleaningWaits', 'cancellingWaits', 'cancellingFailed', 'stoppingWaits']);

export function StepPanel({ task, sourceName }: { task: TaskView; sourceName: string }) {
  const { t } = useTranslation();
  const progress = useProgress(task.tid);
  const said = useSaid();
  const step = useStep(task);
  const [ending, setEnding] = useState<'cancel' | 'delete' | null>(null);
  const words = wordsOf(task.phase, task.state);
  // A failed task is retried from the line that tells of the failure.
  const onward = ONWARD.filter((each) => task.allowed.includes(each) && task.failedStep !== each && !(each === 'retry' && task.error));
  // One way to give up at a time: cancel while there is something to cancel.
  const end = task.allowed.includes('cancel') ? 'cancel' : task.allowed.includes('delete') ? 'delete' : null;
  const label = (each: Step): string => (each === 'run' && task.phase === 'editing' ? t('do.runAgain') : t(`do.${each}`));

  return (
    <section className="panel" aria-labelledby="now">
      <div aria-live="polite">
        <h2 id="now">{t(`${words}.0`)}</h2>
        <p className="panel-text">{t(`${words}.1`)}</p>
        {TELLS_MORE.has(task.said?.code ?? '') ? <p className="panel-text"><strong>{said(task.said, task.message)}</strong></p> : null}
      </div>
      {hasProgress(task.state) ? <ProgressBar what={t(`state.${task.state}`)} percent={Math.max(task.progress, progress?.phase === task.phase ? progress.percent : 0)} detail={progress} /> : null}
      {task.state === 'submitted' && task.result ? <Saved task={task} /> : null}
      <ProblemLine error={step.error} />
      <div className="panel-do">
        {onward.map((each, index) => (
          <button key={each} type="button" className={index === 0 && task.failedStep === null ? 'primary' : undefined} disabled={step.isPending} onClick={() => step.mutate(each)}>{label(each)}</button>
        ))}
        {end ? <button type="button" className="give-up" disabled={step.isPending} onClick={() => setEnding(end)}>{t(`do.${end}`)}</button> : null}
      </div>
      {ending ? <EndDialog task={task} how={ending} sourceName={sourceName} onClose={() => setEnding(null)} onConfirm={() => { setEnding(null); step.mutate(ending); }} /> : null}
    </section>
  );
}

function Saved({ task }: { task: TaskView }) {
  const { t, i18n } = useTranslation();
  const result = task.result!;
  return (
    <div className="saved">
      <p><strong>{t('wizard.savedAs', { name: task.name, version: result.version })}</strong></p>
      <dl>
        <div><dt>{t('wizard.size')}</dt><dd>{formatBytes(result.sizeBytes, i18n.language)}</dd></div>
        <div><dt>{t('wizard.sha256')}</dt><dd className="mono">{result.sha256}</dd></div>
      </dl>
      <Link className="button" to="/">{t('wizard.continue')}</Link>
    </div>
  );
}
