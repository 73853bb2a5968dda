// The cloud in one line, with the reasons when it is not ready. On the landing page.
import { useTranslation } from 'react-i18next';
import { useStatus } from '../hooks/useCloud.ts';
import { useSaid } from '../hooks/useErrorWords.ts';
import { ProblemLine } from './ProblemLine.tsx';

export function StatusLine() {
  const { t } = useTranslation();
  const status = useStatus();
  const said = useSaid();
  if (status.isError) return <ProblemLine error={status.error} onRetry={() => void status.refetch()} />;
  const cloud = status.data;
  if (!cloud) return <p className="cloud">{t('loading')}</p>;
  const nodes = cloud.daemons.filter((daemon) => daemon.role === 'nc');
  return (
    <section className="cloud" aria-label={t('status.label')}>
      <ul>
        <li className={cloud.ready ? 'lamp good' : 'lamp bad'}>{cloud.ready ? t('status.ready') : t('status.notReady')}</li>
        <li>{t(`status.${cloud.mode}`)}</li>
        <li>{t('status.nodes', { up: nodes.filter((node) => node.state === 'up').length, all: nodes.length })}</li>
        <li>{t('status.images', { count: cloud.images })}</li>
        <li>{t('status.active', { count: cloud.tasks.active })}</li>
        {cloud.tasks.stuck > 0 ? <li className="lamp bad">{t('status.stuck', { count: cloud.tasks.stuck })}</li> : null}
      </ul>
      {cloud.fake ? <p className="cloud-note">{t('status.fakeText')}</p> : null}
      {cloud.ready ? null : <p className="cloud-note">{cloud.reasons.map((reason, index) => said(cloud.whys?.[index], reason)).join(' · ')}</p>}
    </section>
  );
}
