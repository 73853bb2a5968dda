// Landing page: state of the cloud, tasks under way, images to begin from.
import { useTranslation } from 'react-i18next';
import { isFinished } from '../api/task-shape.ts';
import { useImages, useMe, useTasks } from '../hooks/useCloud.ts';
import { ProblemLine } from '../components/ProblemLine.tsx';
import { StatusLine } from '../components/StatusLine.tsx';
import { ImageRow } from './images/ImageRow.tsx';
import { TaskRow } from './tasks/TaskRow.tsx';

/** As they are typed, on any machine that has `edu`. */
const firstUpload = (user: string): string => `edu login --url ${window.location.origin} \\
  --user ${user}
edu image upload disk.qcow2 \\
  --name "Debian 12" --ostype linux \\
  --usage desktop`;

export function HomePage() {
  const { t } = useTranslation();
  return (
    <>
      <h1>{t('home.title')}</h1>
      <StatusLine />
      <Tasks />
      <Images />
    </>
  );
}

function Tasks() {
  const { t } = useTranslation();
  const tasks = useTasks();
  const open = (tasks.data ?? []).filter((task) => !isFinished(task.state));
  const ended = (tasks.data ?? []).filter((task) => isFinished(task.state) && task.state !== 'deleted');
  const nothingToBuildFrom = useImages().data?.length === 0;
  return (
    <section aria-labelledby="tasks">
      <h2 id="tasks">{t('home.tasks')}</h2>
      <p className="lead">{t('home.tasksLead')}</p>
      {tasks.isError ? <ProblemLine error={tasks.error} onRetry={() => void tasks.refetch()} /> : null}
      {tasks.isPending ? <p>{t('loading')}</p> : null}
      {tasks.isSuccess && open.length === 0 ? (
        <div className="empty">
          <h3>{t('home.noTasks')}</h3>
          <p>{nothingToBuildFrom ? t('home.noTasksFirst') : t('home.noTasksText')}</p>
        </div>
      ) : null}
      <ul className="rows">{open.map((task) => <TaskRow key={task.tid} task={task} />)}</ul>
      {ended.length > 0 ? (
        <details>
          <summary>{t('home.ended', { count: ended.length })}</summary>
          <ul className="rows">{ended.map((task) => <TaskRow key={task.tid} task={task} />)}</ul>
        </details>
      ) : null}
    </section>
  );
}

function Images() {
  const { t } = useTranslation();
  const images = useImages();
  const me = useMe();
  return (
    <section aria-labelledby="images">
      <h2 id="images">{t('home.images')}</h2>
      <p className="lead">{t('home.imagesLead')}</p>
      {images.isError ? <ProblemLine error={images.error} onRetry={() => void images.refetch()} /> : null}
      {images.isPending ? <p>{t('loading')}</p> : null}
      {images.data?.length === 0 ? (
        <div className="empty">
          <h3>{t('home.noImages')}</h3>
          <p>{t('home.noImagesText')}</p>
          <pre><code>{firstUpload(me.data?.user ?? 'NAME')}</code></pre>
        </div>
      ) : null}
      <ul className="rows">{images.data?.map((image) => <ImageRow key={image.id} image={image} />)}</ul>
    </section>
  );
}
