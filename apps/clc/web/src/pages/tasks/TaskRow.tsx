// One task in the list: what it makes, how far it is, and the way into its wizard.
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { TaskView } from '@educloud/contracts';
import { hasProgress } from '../../api/task-shape.ts';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { useProgress } from '../../hooks/useProgress.ts';
import { formatTime } from '../../i18n/format.ts';
import { StateMark } from './StateMark.tsx';

export function TaskRow({ task }: { task: TaskView }) {
  const { t, i18n } = useTranslation();
  const progress = useProgress(task.tid);
  return (
    <li className="row">
      <div className="row-body">
        <h3><Link to="/tasks/$tid" params={{ tid: task.tid }}>{task.name}</Link></h3>
        <p className="facts">{hasProgress(task.state) ? null : <StateMark task={task} />}<span>{t(`kind.${task.kind}`)}</span><span>{formatTime(task.createdAt, i18n.language)}</span></p>
        {hasProgress(task.state) ? <ProgressBar what={t(`state.${task.state}`)} percent={Math.max(task.progress, progress?.percent ?? 0)} detail={progress} /> : null}
      </div>
      <div className="row-do"><Link className="button" to="/tasks/$tid" params={{ tid: task.tid }} aria-label={`${t('home.open')}: ${task.name}`}>{t('home.open')}</Link></div>
    </li>
  );
}
