// The hosts of the cloud: nodes by cluster, and the servers beside them.
import { useTranslation } from 'react-i18next';
import type { DaemonView } from '@educloud/contracts';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { useHosts } from '../../hooks/useHosts.ts';
import { HostRow } from './HostRow.tsx';

/** @public Loaded by name when the address is first visited. */
export function HostsPage() {
  const { t } = useTranslation();
  const hosts = useHosts();
  const nodes = (hosts.data ?? []).filter((host) => host.role === 'nc');
  const clusters = [...new Set(nodes.map((node) => node.clusterName))];
  const servers = (hosts.data ?? []).filter((host) => host.role !== 'nc');
  return (
    <>
      <header><h1>{t('hosts.title')}</h1><p className="lead">{t('hosts.lead')}</p></header>
      {hosts.isError ? <ProblemLine error={hosts.error} onRetry={() => void hosts.refetch()} /> : null}
      {hosts.isPending ? <p role="status">{t('loading')}</p> : null}
      {hosts.data && nodes.length === 0 ? <div className="empty"><h2>{t('hosts.none')}</h2><p>{t('hosts.noneText')}</p><pre><code>edu host token create --role nc</code></pre></div> : null}
      {clusters.map((cluster) => <Hosts key={cluster} title={t('hosts.nodesOf', { cluster: cluster ?? '–' })} hosts={nodes.filter((node) => node.clusterName === cluster)} />)}
      {servers.length > 0 ? <Hosts title={t('hosts.servers')} hosts={servers} /> : null}
    </>
  );
}

function Hosts({ title, hosts }: { title: string; hosts: DaemonView[] }) {
  return <section aria-label={title}><h2>{title}</h2><ul className="rows">{hosts.map((host) => <HostRow key={host.id} host={host} />)}</ul></section>;
}
