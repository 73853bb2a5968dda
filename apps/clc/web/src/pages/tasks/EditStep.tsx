// The screen of the machine while it is being edited. noVNC is loaded only when a machine runs.
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { TaskView } from '@educloud/contracts';

const Console = lazy(() => import('../../components/console/Console.tsx').then((module) => ({ default: module.Console })));

export function EditStep({ task }: { task: TaskView }) {
  const { t } = useTranslation();
  const runs = task.vmstatus === 'running' || task.vmstatus === 'stopping' || task.state === 'running';
  const words = task.state === 'booting' ? t('console.booting') : task.state === 'stopped' ? t('console.stopped') : t('console.off');
  return (
    <section className="screen-area" aria-labelledby="screen">
      <h2 id="screen">{t('console.title')}</h2>
      {runs && task.state !== 'stopped' && task.state !== 'cancelling' ? (
        <Suspense fallback={<div className="screen-off" role="status">{t('console.connecting')}</div>}>
          <Console of="tasks" id={task.tid} withClipboard />
        </Suspense>
      ) : (
        <div className={task.state === 'booting' ? 'screen-off waiting' : 'screen-off'} role="status">{words}</div>
      )}
    </section>
  );
}
