// The wizard of one image build: prepare, run and edit, submit. Live; it reloads itself only when the stream says so.
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { TaskView } from '@educloud/contracts';
import { statusOf } from '../../api/client.ts';
import { stepOf } from '../../api/task-shape.ts';
import { HistoryView } from '../../components/HistoryView.tsx';
import { PlacementView } from '../../components/PlacementView.tsx';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { Stepper } from '../../components/Stepper.tsx';
import type { StepMark } from '../../components/Stepper.tsx';
import { useImages, useTask } from '../../hooks/useCloud.ts';
import { EditStep } from './EditStep.tsx';
import { FailureLine } from './FailureLine.tsx';
import { StateMark } from './StateMark.tsx';
import { StepPanel } from './StepPanel.tsx';
import { TaskFacts } from './TaskFacts.tsx';

/** @public Loaded by name when the address is first visited. */
export function WizardPage() {
  const { t } = useTranslation();
  const { tid } = useParams({ from: '/shell/tasks/$tid' });
  const task = useTask(tid);
  if (task.isPending) return <p role="status">{t('loading')}</p>;
  if (statusOf(task.error) === 404 || statusOf(task.error) === 400) {
    return (
      <div className="empty">
        <h1>{t('wizard.missing')}</h1>
        <p>{t('wizard.missingText')}</p>
        <Link className="button" to="/">{t('wizard.back')}</Link>
      </div>
    );
  }
  if (!task.data) return <ProblemLine error={task.error} onRetry={() => void task.refetch()} />;
  return <Wizard task={task.data} />;
}

function marksOf(task: TaskView): [StepMark, StepMark, StepMark] {
  const step = stepOf(task.phase);
  const bad = task.state === 'failed' || task.state === 'stuck';
  const mark = (n: number): StepMark => {
    if (task.state === 'submitted' || n < step || (n === 1 && task.state === 'prepared')) return 'done';
    if (n > step) return n === 2 && task.state === 'prepared' ? 'current' : 'ahead';
    return bad ? 'bad' : 'current';
  };
  return [mark(1), mark(2), mark(3)];
}

/** Nothing is there any more that could have a screen. */
const OVER: ReadonlySet<TaskView['state']> = new Set(['cancelling', 'cancelled', 'deleted']);

function Wizard({ task }: { task: TaskView }) {
  const { t } = useTranslation();
  const images = useImages();
  const source = images.data?.find((image) => image.id === task.srcImageId)?.name ?? task.srcImageId;
  return (
    <article className="wizard">
      <p className="crumb"><Link to="/">← {t('wizard.back')}</Link></p>
      <header className="wizard-head">
        <h1>{task.name}</h1>
        <p className="facts">
          <StateMark task={task} />
          <span>{t(`kind.${task.kind}`)}</span>
          <span>{t('wizard.from', { src: source, version: task.srcVersion })}</span>
          {task.kind === 'image/modify' ? <span>{t('wizard.to', { version: task.dstVersion })}</span> : null}
        </p>
      </header>
      <Stepper marks={marksOf(task)} />
      <FailureLine task={task} />
      <StepPanel task={task} sourceName={source} />
      {task.phase === 'editing' && !OVER.has(task.state) ? <EditStep task={task} /> : null}
      <div className="wizard-more">
        <PlacementView placement={task.placement} />
        <TaskFacts task={task} />
        <HistoryView plans={task.plans} names="stepName" />
      </div>
    </article>
  );
}
