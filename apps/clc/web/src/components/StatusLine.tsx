// The cloud in one line, with the reasons when it is not ready. On the landing page.
import { useTranslation } from 'react-i18next';
import type { CloudStatus } from '@educloud/contracts';
import { useStatus } from '../hooks/useCloud.ts';
import { useSaid } from '../hooks/useErrorWords.ts';
import { ProblemLine } from './ProblemLine.tsx';

/** Of a controller of an earlier version, which lists everybody, they are counted here. */
function nodesOf({ nodes, daemons }: CloudStatus): { all: number; up: number } {
  const listed = daemons.filter((daemon) => daemon.role === 'nc');
  return nodes ?? { up: listed.filter((node) => node.state === 'up').length, all: listed.length };
}

export function StatusLine() {
  const { t } = useTranslation();
  const status = useStatus();
  const said = useSaid();
  if (status.isError) return <ProblemLine error={status.error} onRetry={() => void status.refetch()} />;
  const cloud = status.data;
  if (!cloud) return <p className="cloud">{t('loading')}</p>;
  return (
    <section className="cloud" aria-label={t('status.label')}>
      <ul>
        <li className={cloud.ready ? 'lamp good' : 'lamp bad'}>{cloud.ready ? t('status.ready') : t('status.notReady')}</li>
        <li>{t(`status.${cloud.mode}`)}</li>
        <li>{t('status.nodes', nodesOf(cloud))}</li>
        <li>{t('status.images', { count: cloud.images })}</li>
        <li>{t('status.active', { count: cloud.tasks.active })}</li>
        {cloud.tasks.stuck > 0 ? <li className="lamp bad">{t('status.stuck', { count: cloud.tasks.stuck })}</li> : null}
      </ul>
      {cloud.fake ? <p className="cloud-note">{t('status.fakeText')}</p> : null}
      {cloud.ready ? null : <p className="cloud-note">{cloud.reasons.map((reason, index) => said(cloud.whys?.[index], reason)).join(' · ')}</p>}
    </section>
  );
}
