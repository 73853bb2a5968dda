// `edu network show CLUSTER`
import type { Command } from 'commander';
import type { ClusterNetworkView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { showNetwork } from './columns.ts';

export const networkPath = (cluster: string): string => `/clusters/${encodeURIComponent(cluster)}/network`;

export function addNetworkShow(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('show').description(t('Show the network of a cluster.', '显示集群的网络。'))
    .argument('<cluster>', t('name or id of the cluster', '集群的名称或 id'))
    .addHelpText('after', examples(cli, 'edu network show cluster-1', 'edu network show cluster-1 --output json'))
    .action(async (cluster: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      showNetwork(await api.get<ClusterNetworkView>(networkPath(cluster)), out, t);
    });
}
