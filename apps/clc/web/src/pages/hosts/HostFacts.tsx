// What a host is and has: hardware, what runs its machines, its network, its services, its versions, and what an administrator wrote down of it.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DaemonView } from '@educloud/contracts';
import { useSaid } from '../../hooks/useErrorWords.ts';
import { formatBytes, formatTime } from '../../i18n/format.ts';
import { MIB } from './units.ts';

export function HostFacts({ host }: { host: DaemonView }) {
  const { t, i18n } = useTranslation();
  const said = useSaid();
  const { facts, properties } = host;
  const { capacity, hypervisor, network } = facts;
  const bytes = (value: number): string => formatBytes(value, i18n.language);
  const usual = t('hosts.usual');
  const lines: Array<[string, ReactNode]> = [
    [t('hosts.hardware'), capacity ? t('hosts.hardwareIs', { cpus: capacity.cpus, memory: bytes(capacity.memoryMiB * MIB), disk: bytes(capacity.diskBytes), free: bytes(capacity.freeDiskBytes) }) : null],
    [t('hosts.hypervisor'), hypervisor ? [hypervisor.kind === 'fake' ? t('status.fake') : hypervisor.version.startsWith(hypervisor.kind) ? hypervisor.version : `${hypervisor.kind} ${hypervisor.version}`, hypervisor.acceleration === 'none' ? '' : hypervisor.acceleration, hypervisor.kind === 'fake' ? '' : said(hypervisor.why, hypervisor.message)].filter(Boolean).join(' · ') : null],
    [t('hosts.network'), network ? [network.bridges.length > 0 ? t('hosts.bridges', { bridges: network.bridges.join(', ') }) : host.role === 'nc' ? t('hosts.noBridges') : '', t(network.nft ? 'hosts.filters' : 'hosts.filtersNot'), said(network.why, network.message), network.accessIp ?? ''].filter(Boolean).join(' · ') : null],
    [t('hosts.services'), [...facts.usages.map((usage) => t(`instance.kind.${usage}`)), ...(host.heartbeatMs !== null ? [t('hosts.localService')] : [])].join(' · ') || null],
    [t('hosts.pools'), facts.pools.length > 0 ? facts.pools.map((pool) => <p key={pool.name}>{pool.name} <span className="mono">{pool.path}</span> {t('hosts.freeOf', { free: bytes(pool.freeBytes), all: bytes(pool.totalBytes) })}{pool.healthy ? '' : ` · ${pool.message}`}</p>) : null],
    [t('hosts.ownerGroup'), host.ownerGroup], [t('hosts.location'), properties?.location],
    [t('hosts.overcommit'), host.role === 'nc' ? t('hosts.overcommitIs', { cpu: properties?.cpuOvercommit ?? usual, memory: properties?.memoryOvercommit ?? usual }) : null],
    [t('hosts.placement'), host.role === 'cc' ? t(`hosts.policy.${properties?.placement ?? 'spread'}`) : null],
    [t('hosts.mac'), host.mac ? <span className="mono">{host.mac}</span> : null],
    [t('hosts.address'), <span key="url" className="mono">{host.url}</span>], [t('hosts.hostname'), facts.hostname], [t('hosts.version'), facts.version],
    [t('hosts.registered'), t('hosts.registeredAt', { time: formatTime(host.registeredAt, i18n.language), count: host.epoch })],
    [t('hosts.id'), <span key="id" className="mono">{host.id}</span>],
  ];
  return (
    <section className="card" aria-labelledby="details">
      <h2 id="details">{t('wizard.details')}</h2>
      <dl>{lines.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
    </section>
  );
}
