// One instance in the list: where it stands and the way to its screen.
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { InstanceView } from '@educloud/contracts';
import { Copied } from '../../components/Copied.tsx';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { useSaid } from '../../hooks/useErrorWords.ts';
import { InstanceMark } from './InstanceMark.tsx';
import { Thumbnail } from './Thumbnail.tsx';

export function InstanceRow({ instance, imageName, selected, onSelect }: { instance: InstanceView; imageName: string; selected: boolean; onSelect: (selected: boolean) => void }) {
  const { t } = useTranslation();
  const said = useSaid();
  const { taskState } = instance;
  const open = instance.access.filter((way) => way.state === 'open' && way.host !== null);
  return (
    <li className="row">
      <Thumbnail instance={instance} />
      <div className="row-body">
        <h3><Link to="/instances/$id" params={{ id: instance.id }}>{instance.name}</Link></h3>
        <p className="facts"><InstanceMark instance={instance} /><span>{t(`instance.kind.${instance.kind}`)}</span><span>{imageName}</span>{instance.nodeName ? <span>{instance.nodeName}</span> : null}</p>
        {instance.error ? <p className="row-text">{said(instance.said, instance.message)}</p> : null}
        {open.length > 0 ? <div className="chips" role="group" aria-label={t('instance.access')}>{open.map(({ name, host, port }) => <Copied key={name} text={`${host}:${port}`} chip={name} />)}</div> : null}
        {taskState !== null && taskState !== 'stuck' ? <ProgressBar what={t(`instance.task.${taskState}`)} percent={instance.progress} /> : null}
      </div>
      <div className="row-do"><label className="pick"><input type="checkbox" checked={selected} onChange={(event) => onSelect(event.target.checked)} aria-label={t('batch.select', { name: instance.name })} /></label><Link className="button" to="/instances/$id" params={{ id: instance.id }} aria-label={`${t('home.open')}: ${instance.name}`}>{t('home.open')}</Link></div>
    </li>
  );
}
