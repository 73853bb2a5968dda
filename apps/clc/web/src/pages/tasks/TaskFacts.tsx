// Ids and sizes of a task, for those who need them.
import { useTranslation } from 'react-i18next';
import type { TaskView } from '@educloud/contracts';
import { formatTime } from '../../i18n/format.ts';

export function TaskFacts({ task }: { task: TaskView }) {
  const { t, i18n } = useTranslation();
  return (
    <section className="card" aria-labelledby="details">
      <h2 id="details">{t('wizard.details')}</h2>
      <dl>
        <div><dt>{t('wizard.machine')}</dt><dd>{t('wizard.machineText', { memory: task.memoryMiB, cpus: task.cpus })}</dd></div>
        <div><dt>{t('wizard.owner')}</dt><dd>{task.owner}</dd></div>
        <div><dt>{t('wizard.created')}</dt><dd>{formatTime(task.createdAt, i18n.language)}</dd></div>
        <div><dt>{t('wizard.tid')}</dt><dd className="mono">{task.tid}</dd></div>
      </dl>
    </section>
  );
}
