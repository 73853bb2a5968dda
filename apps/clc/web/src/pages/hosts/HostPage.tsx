// One host: how it is, how full, what it has, what is on it, and what an administrator does with it. Live; it reloads itself only when the stream says so.
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { saidOf, type DaemonView } from '@educloud/contracts';
import { statusOf } from '../../api/client.ts';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { useMe } from '../../hooks/useCloud.ts';
import { useSaid } from '../../hooks/useErrorWords.ts';
import { useHost } from '../../hooks/useHosts.ts';
import { Desktops } from './Desktops.tsx';
import { Fullness } from './Fullness.tsx';
import { Guests } from './Guests.tsx';
import { HostActions } from './HostActions.tsx';
import { HostFacts } from './HostFacts.tsx';
import { HostMarks } from './HostMarks.tsx';
import { Orphans } from './Orphans.tsx';
import { Pulled } from './Pulled.tsx';
import { RefusedWays } from './RefusedWays.tsx';

/** @public Loaded by name when the address is first visited. */
export function HostPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/shell/hosts/$id' });
  const host = useHost(id);
  if (host.isPending) return <p role="status">{t('loading')}</p>;
  if (statusOf(host.error) === 404) return <div className="empty"><h1>{t('hosts.missing')}</h1><p>{t('hosts.missingText')}</p><Link className="button" to="/hosts">{t('hosts.back')}</Link></div>;
  if (!host.data) return <ProblemLine error={host.error} onRetry={() => void host.refetch()} />;
  return <Host host={host.data} />;
}

function Host({ host }: { host: DaemonView }) {
  const { t } = useTranslation();
  const said = useSaid();
  const admin = useMe().data?.role === 'admin';
  const { hypervisor, faults } = host.facts;
  return (
    <article className="wizard">
      <p className="crumb"><Link to="/hosts">← {t('hosts.back')}</Link></p>
      <header className="wizard-head">
        <h1>{host.name}</h1>
        <p className="facts"><HostMarks host={host} /><span>{t(`role.${host.role}`)}</span>{host.clusterName ? <span>{host.clusterName}</span> : null}{host.properties?.location ? <span>{host.properties.location}</span> : null}</p>
      </header>
      {faults.length > 0 ? (
        <section className="problem" aria-label={t('hosts.faultsTitle')}><ul>{faults.map((fault) => <li key={fault}>{said(fault === hypervisor?.message ? hypervisor.why : (saidOf(fault) ?? undefined), fault)}</li>)}</ul></section>
      ) : null}
      {admin ? <HostActions host={host} /> : null}
      {host.claimed ? <Fullness host={host} /> : null}
      {host.role === 'nc' ? <Guests hostId={host.id} /> : null}
      {admin && host.heartbeatMs !== null ? <Desktops hostId={host.id} /> : null}
      {admin && host.role === 'nc' ? <Pulled host={host} /> : null}
      {admin ? <Orphans hostId={host.id} /> : null}
      {admin && host.role === 'cc' ? <RefusedWays ccId={host.id} /> : null}
      <HostFacts host={host} />
    </article>
  );
}
