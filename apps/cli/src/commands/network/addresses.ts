// `edu network addresses CLUSTER`
import type { Command } from 'commander';
import type { AddressView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { nameOf } from '../../language.ts';
import { networkPath } from './show.ts';

export function addNetworkAddresses(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('addresses').description(t('List addresses and ports of a cluster with whose they are; those that are leased, unless others are asked for.', '列出集群的地址和端口及其使用者；默认只列出已分配的。'))
    .argument('<cluster>', t('name or id of the cluster', '集群的名称或 id'))
    .option('--kind <kind>', 'rdp-port, management-port, public-ip, private-ip, mac')
    .option('--state <state>', t('free, leased, quarantine or all', 'free、leased、quarantine 或 all'), 'leased')
    .addHelpText('after', examples(cli, 'edu network addresses cluster-1', 'edu network addresses cluster-1 --kind public-ip --state all', 'edu network addresses cluster-1 --output json'))
    .action(async (cluster: string, options: { kind?: string; state: string }, command: Command) => {
      const { api, out } = connect(cli, command);
      const query = new URLSearchParams({ limit: '500', ...(options.kind ? { kind: options.kind } : {}), ...(options.state === 'all' ? {} : { state: options.state }) });
      out.list(await api.list<AddressView>(`${networkPath(cluster)}/addresses?${query}`), [
        [t('KIND', '种类'), (a) => nameOf(t, 'pool', a.kind)], [t('ADDRESS', '地址'), (a) => a.value], [t('STATE', '状态'), (a) => nameOf(t, 'addressState', a.state)],
        [t('INSTANCE', '实例'), (a) => a.instance ?? a.insId], ['ID', (a) => a.insId], [t('OWNER', '所有者'), (a) => a.owner], [t('FOR', '用途'), (a) => a.purpose],
      ]);
    });
}
