// Of a local desktop: on which classroom PCs it is, and what runs there. In the place of its screen, which is on the PC.
import { useTranslation } from 'react-i18next';
import type { InstanceView, LocalHostView } from '@educloud/contracts';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { useLocalHosts } from '../../hooks/useInstances.ts';
import { formatTime } from '../../i18n/format.ts';

export function LocalHosts({ instance }: { instance: InstanceView }) {
  const { t, i18n } = useTranslation();
  const hosts = useLocalHosts(instance.id);
  const here = ({ synced, syncing }: LocalHostView): string => (synced !== null ? t('local.version', { version: synced }) : syncing === null ? t('local.notHere') : t('local.coming', { percent: syncing }));
  const told = (host: LocalHostView): string =>
    [t(`local.state.${host.state}`), here(host), host.user, host.startedAt === null ? null : t('local.since', { time: formatTime(host.startedAt, i18n.language) }), host.hostState === 'up' ? null : t('local.silent')].filter(Boolean).join(' · ');
  return (
    <section className="card" aria-labelledby="hosts">
      <h2 id="hosts">{t('local.hosts')}</h2>
      <p>{instance.ownerGroup === null ? t('local.toAll') : t('local.toGroup', { group: instance.ownerGroup })} {t('local.lead')}</p>
      {hosts.error ? <ProblemLine error={hosts.error} onRetry={() => void hosts.refetch()} /> : null}
      {hosts.data?.length === 0 ? <p role="status">{t('local.none')}</p> : null}
      {hosts.data && hosts.data.length > 0 ? <dl>{hosts.data.map((host) => <div key={host.hostId}><dt>{host.hostName}</dt><dd>{told(host)}</dd></div>)}</dl> : null}
    </section>
  );
}
