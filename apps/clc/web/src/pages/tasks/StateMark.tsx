// The state of a task as a word with a colour; the word alone is enough.
import { useTranslation } from 'react-i18next';
import type { TaskView } from '@educloud/contracts';
import { isMoving } from '../../api/task-shape.ts';

export function StateMark({ task }: { task: Pick<TaskView, 'state' | 'error'> }) {
  const { t } = useTranslation();
  const bad = task.state === 'failed' || task.state === 'stuck' || task.error !== null;
  const tone = bad ? 'bad' : task.state === 'running' || task.state === 'submitted' ? 'good' : isMoving(task.state) ? 'busy' : 'calm';
  return <span className={`mark ${tone}`}>{t(`state.${task.state}`)}</span>;
}
