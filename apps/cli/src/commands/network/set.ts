// `edu network set CLUSTER …`: what is given changes; the rest stays as it is.
import { type Command, InvalidArgumentError } from 'commander';
import type { ClusterNetworkView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { EXIT } from '../../exit-codes.ts';
import { CliFailure } from '../../failure.ts';
import type { Translate } from '../../language.ts';
import { showNetwork } from './columns.ts';
import { networkPath } from './show.ts';

interface Options {
  mode?: string; accessHost?: string; rdpPorts?: Ports | null; managementPorts?: Ports | null; bridge?: string; net?: string; private?: Texts | null; gateway?: string; dns?: string; public?: Texts[]; macs?: Texts | null;
}
interface Ports { from: number; to: number }
interface Texts { from: string; to: string }

const NONE = new Set(['none', '-']);
const given = (text: string | undefined): string | null | undefined => (text !== undefined && NONE.has(text) ? null : text);
/** `a-b`, or one alone. */
function range(text: string): Texts | null {
  if (NONE.has(text)) return null;
  const [from = '', to = from, ...more] = text.split('-');
  return more.length > 0 || from === '' || to === '' ? { from: text, to: text } : { from, to };
}
const ports = (t: Translate) => (text: string): Ports | null => {
  const found = range(text);
  if (found && ![found.from, found.to].every((port) => /^\d{1,7}$/.test(port))) throw new InvalidArgumentError(t('ports look like 17000-17999, or none', '端口的写法：17000-17999，或 none'));
  return found && { from: Number(found.from), to: Number(found.to) };
};
const some = (text: string, before: Texts[] = []): Texts[] => [...before, ...text.split(',').flatMap((one) => range(one.trim()) ?? [])];

export function addNetworkSet(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('set').description(t('Change the network of a cluster. What is leased to instances is never taken away.', '更改集群的网络。已分配给实例的内容不会被收回。'))
    .argument('<cluster>', t('name or id of the cluster', '集群的名称或 id'))
    .option('--mode <mode>', t('public: nodes are reached themselves; private: the cluster controller forwards', 'public：直接访问节点；private：由集群控制器转发'))
    .option('--access-host <host>', t('what people type to reach the cluster controller, or none', '用于访问集群控制器的地址，或 none'))
    .option('--rdp-ports <range>', t('ports outside for remote desktops, like 17000-17999, or none', '远程桌面的外部端口，如 17000-17999，或 none'), ports(t))
    .option('--management-ports <range>', t('ports outside for other services, or none', '其他服务的外部端口，或 none'), ports(t))
    .option('--bridge <name>', t('bridge of the nodes that guests are on, or none', '节点上供虚拟机使用的网桥，或 none'))
    .option('--net <cidr>', t('net of the bridge, like 10.20.0.0/16, or none', '网桥的网络，如 10.20.0.0/16，或 none'))
    .option('--private <range>', t('addresses of guests there, like 10.20.1.1-10.20.1.200', '其中供虚拟机使用的地址，如 10.20.1.1-10.20.1.200'), range)
    .option('--gateway <ip>', t('way out of that net, or none', '该网络的网关，或 none'))
    .option('--dns <ips>', t('name servers, with commas between, or none', '域名服务器，用逗号分隔，或 none'))
    .option('--public <ranges>', t('public addresses for guests, with commas between, or none', '虚拟机的公网地址，用逗号分隔，或 none'), some)
    .option('--macs <range>', t('MAC addresses, like 52:54:00:00:00:01-52:54:00:00:ff:ff, or none', 'MAC 地址，如 52:54:00:00:00:01-52:54:00:00:ff:ff，或 none'), range)
    .addHelpText('after', examples(cli,
      'edu network set cluster-1 --rdp-ports 30000-30499', 'edu network set cluster-1 --mode private --access-host desktops.school.example',
      'edu network set cluster-1 --bridge br0 --net 10.20.0.0/16 --private 10.20.1.1-10.20.1.200 --gateway 10.20.0.1 --public 203.0.113.10-203.0.113.29', 'edu network set cluster-1 --public none'))
    .action(async (cluster: string, options: Options, command: Command) => {
      if (Object.keys(options).length === 0) throw new CliFailure(EXIT.usage, t, { code: 'USAGE', what: t('say what to change', '请给出要更改的内容'), action: 'edu network set --help' });
      const { api, out } = connect(cli, command);
      const { rev, ...now } = await api.get<ClusterNetworkView>(networkPath(cluster));
      const net = netOf(now.privateNet, options, t);
      const body = {
        mode: options.mode ?? now.mode, accessHost: given(options.accessHost) === undefined ? now.accessHost : given(options.accessHost),
        rdpPorts: options.rdpPorts === undefined ? now.rdpPorts : options.rdpPorts, managementPorts: options.managementPorts === undefined ? now.managementPorts : options.managementPorts,
        bridge: given(options.bridge) === undefined ? now.bridge : given(options.bridge), privateNet: net, publicIps: options.public ?? now.publicIps, macs: options.macs === undefined ? now.macs : options.macs,
      };
      // Changed by somebody else since we read it: refused.
      showNetwork(await api.put<ClusterNetworkView>(networkPath(cluster), body, { 'If-Match': `"${rev}"` }), out, t);
    });
}

function netOf(now: ClusterNetworkView['privateNet'], options: Options, t: Translate): object | null {
  const [cidr, gateway, dns] = [given(options.net), given(options.gateway), given(options.dns)];
  if (cidr === null) return null;
  if (cidr === undefined && options.private === undefined && gateway === undefined && dns === undefined) return now;
  const net = { ...now, ...(cidr ? { cidr } : {}), ...(options.private ?? {}), ...(gateway === undefined ? {} : { gateway }), ...(dns === undefined ? {} : { dns: dns === null ? [] : dns.split(',').map((one) => one.trim()) }) };
  if (!net.cidr || !net.from || !net.to) throw new CliFailure(EXIT.usage, t, { code: 'USAGE', what: t('a net is given with --net and --private', '网络需用 --net 和 --private 给出'), action: 'edu network set --help' });
  return net;
}
