// How the network of a cluster is shown.
import type { ClusterNetworkView, PoolKind } from '@educloud/contracts';
import { nameOf, told, type Translate } from '../../language.ts';
import { humanTime, type Output } from '../../output.ts';

const between = (range: { from: string | number; to: string | number } | null): string => (range === null ? '' : range.from === range.to ? String(range.from) : `${range.from}-${range.to}`);
export const fullness = (view: ClusterNetworkView, kind: PoolKind): string => {
  const pool = view.pools.find((one) => one.kind === kind);
  return pool && pool.all > 0 ? `${pool.leased}/${pool.all}${pool.quarantine > 0 ? ` (+${pool.quarantine})` : ''}` : '';
};
const withUse = (text: string, use: string): string => [text, use && `[${use}]`].filter(Boolean).join(' ');

export function showNetwork(v: ClusterNetworkView, out: Output, t: Translate): void {
  const net = v.privateNet;
  out.one(v, [
    [t('cluster', '集群'), v.cluster], [t('mode', '模式'), nameOf(t, 'networkMode', v.mode)], [t('access at', '访问地址'), v.accessAt],
    [t('desktop ports', '桌面端口'), withUse(between(v.rdpPorts), fullness(v, 'rdp-port'))], [t('service ports', '服务端口'), withUse(between(v.managementPorts), fullness(v, 'management-port'))],
    [t('bridge', '网桥'), v.bridge ?? t('none: guests are behind their nodes', '无：虚拟机经节点转发')],
    [t('net', '网络'), net && `${net.cidr}${net.gateway ? `, ${t('gateway', '网关')} ${net.gateway}` : ''}${net.dns.length > 0 ? `, DNS ${net.dns.join(' ')}` : ''}`],
    [t('private addresses', '内网地址'), net && withUse(between(net), fullness(v, 'private-ip'))],
    [t('public addresses', '公网地址'), withUse(v.publicIps.map(between).join(', '), fullness(v, 'public-ip'))], [t('MAC addresses', 'MAC 地址'), withUse(between(v.macs), fullness(v, 'mac'))],
    [t('nodes with the bridge', '有网桥的节点'), v.bridge === null ? null : `${v.nodes.bridged}/${v.nodes.all}`],
    [t('forwarding', '端口转发'), v.nft === null ? t('not known yet', '尚不清楚') : v.nft ? t('possible', '可用') : told(t, v.why, v.message) || t('not possible', '不可用')],
    [t('applied', '已生效'), v.appliedAt === null ? t('nothing yet', '尚无') : `${v.appliedRev}/${v.stateRev}, ${humanTime(v.appliedAt)}`],
    [t('refused', '被拒绝'), v.refused.map(({ insId, reason, why }) => `${insId}: ${told(t, why, reason)}`).join('; ')],
    [t('revision', '修订'), v.configured ? v.rev : t('none was written: the defaults count', '未设置：使用默认值')],
  ]);
}
