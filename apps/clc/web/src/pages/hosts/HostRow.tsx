// One host in the list: how it is, where it stands, how full it is.
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { DaemonView } from '@educloud/contracts';
import { formatBytes } from '../../i18n/format.ts';
import { HostMarks } from './HostMarks.tsx';
import { MIB } from './units.ts';

export function HostRow({ host }: { host: DaemonView }) {
  const { t, i18n } = useTranslation();
  const { claimed, limits, properties, facts } = host;
  const bytes = (mib: number): string => formatBytes(mib * MIB, i18n.language);
  const full = claimed && limits ? t('hosts.full', { cpus: claimed.cpus, allCpus: limits.cpus, memory: bytes(claimed.memoryMiB), allMemory: bytes(limits.memoryMiB) }) : null;
  return (
    <li className="row">
      <div className="row-body">
        <h3><Link to="/hosts/$id" params={{ id: host.id }}>{host.name}</Link></h3>
        <p className="facts">
          <HostMarks host={host} />
          {host.role === 'nc' ? null : <span>{t(`role.${host.role}`)}</span>}
          {properties?.location ? <span>{properties.location}</span> : null}
          {host.ownerGroup ? <span>{host.ownerGroup}</span> : null}
          {host.heartbeatMs !== null && host.guests !== null ? <span>{t('hosts.guests', { count: host.guests })}</span> : null}
          {full ? <span>{full}</span> : null}
          {facts.hypervisor?.kind === 'fake' ? <span>{t('status.fake')}</span> : null}
        </p>
        {facts.faults.length > 0 ? <p className="row-text job-error">{t('hosts.faults', { count: facts.faults.length })}</p> : null}
      </div>
      <div className="row-do"><Link className="button" to="/hosts/$id" params={{ id: host.id }} aria-label={`${t('home.open')}: ${host.name}`}>{t('home.open')}</Link></div>
    </li>
  );
}
