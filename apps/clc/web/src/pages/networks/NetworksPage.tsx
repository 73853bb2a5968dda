// How guests of each cluster are reached: mode, pools with how full they are, whose the addresses are, and what could not be brought about. For administrators.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ClusterNetworkView } from '@educloud/contracts';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { useSaid } from '../../hooks/useErrorWords.ts';
import { useNetworks } from '../../hooks/useNetworks.ts';
import { Addresses } from './Addresses.tsx';
import { NetworkDialog } from './NetworkDialog.tsx';

const between = ({ from, to }: { from: string | number; to: string | number }): string => (from === to ? String(from) : `${from}–${to}`);

export function NetworksPage() {
  const { t } = useTranslation();
  const networks = useNetworks();
  return (
    <>
      <header><h1>{t('networks.title')}</h1><p className="lead">{t('networks.lead')}</p></header>
      {networks.isError ? <ProblemLine error={networks.error} onRetry={() => void networks.refetch()} /> : null}
      {networks.isPending ? <p role="status">{t('loading')}</p> : null}
      {networks.data?.length === 0 ? <p className="lead">{t('networks.none')}</p> : null}
      {networks.data?.map((network) => <Network key={network.ccId} network={network} />)}
    </>
  );
}

function Network({ network }: { network: ClusterNetworkView }) {
  const { t } = useTranslation();
  const said = useSaid();
  const ranges = (kind: ClusterNetworkView['pools'][number]['kind']): string => ({
    'rdp-port': network.rdpPorts ? between(network.rdpPorts) : '', 'management-port': network.managementPorts ? between(network.managementPorts) : '',
    'private-ip': network.privateNet ? between(network.privateNet) : '', 'public-ip': network.publicIps.map(between).join(', '), mac: network.macs ? between(network.macs) : '',
  })[kind];
  const { bridge, nodes, privateNet } = network;
  const [changing, setChanging] = useState(false);
  return (
    <section aria-labelledby={network.ccId}>
      <div className="section-head"><h2 id={network.ccId}>{network.cluster}</h2><button type="button" aria-label={`${t('types.edit')}: ${network.cluster}`} onClick={() => setChanging(true)}>{t('types.edit')}</button></div>
      <p className="facts">
        <span>{t(`networks.mode.${network.mode}`)}</span><span>{t('networks.accessAt', { host: network.accessAt ?? '–' })}</span>
        <span>{bridge === null ? t('networks.noBridge') : t('networks.bridge', { bridge, with: nodes.bridged, all: nodes.all })}</span>
        {privateNet ? <span>{privateNet.cidr}</span> : null}
      </p>
      {network.configured ? null : <p className="lead">{t('networks.usual')}</p>}
      {network.nft === false && (network.mode === 'private' || bridge !== null) ? <p className="problem" role="status">{t('networks.cannot', { why: said(network.why, network.message) })}</p> : null}
      <dl className="card">
        {network.pools.filter(({ all }) => all > 0).map(({ kind, all, leased, quarantine }) => (
          <div key={kind}>
            <dt>{t(`networks.pool.${kind}`)}</dt>
            <dd>
              <span className="mono">{ranges(kind)}</span> <meter min={0} max={all} value={leased + quarantine} aria-label={t(`networks.pool.${kind}`)} /> {t('networks.used', { leased, all })}
              {quarantine > 0 ? ` ${t('networks.resting', { count: quarantine })}` : ''}
            </dd>
          </div>
        ))}
      </dl>
      {network.refused.length > 0 ? (
        <>
          <h3>{t('networks.refused')}</h3>
          <ul className="rows">{network.refused.map(({ id, insId, reason, why }) => <li className="row" key={id}><div className="row-body"><h4 className="mono">{insId}</h4><p className="row-text">{said(why, reason)}</p></div></li>)}</ul>
        </>
      ) : null}
      <Addresses ccId={network.ccId} />
      {changing ? <NetworkDialog network={network} onClose={() => setChanging(false)} /> : null}
    </section>
  );
}
