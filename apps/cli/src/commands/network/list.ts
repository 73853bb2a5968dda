// `edu network list`
import type { Command } from 'commander';
import type { ClusterNetworkView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { nameOf } from '../../language.ts';
import { fullness } from './columns.ts';

export function addNetworkList(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('list').description(t('List the networks of all clusters, with how full their pools are.', '列出所有集群的网络及各池的使用情况。'))
    .addHelpText('after', examples(cli, 'edu network list', 'edu network list --output json'))
    .action(async (_options, command: Command) => {
      const { api, out } = connect(cli, command);
      out.list(await api.list<ClusterNetworkView>('/networks'), [
        [t('CLUSTER', '集群'), (v) => v.cluster], [t('MODE', '模式'), (v) => nameOf(t, 'networkMode', v.mode)], [t('ACCESS AT', '访问地址'), (v) => v.accessAt], [t('BRIDGE', '网桥'), (v) => v.bridge],
        [t('DESKTOP PORTS', '桌面端口'), (v) => fullness(v, 'rdp-port')], [t('SERVICE PORTS', '服务端口'), (v) => fullness(v, 'management-port')], [t('PRIVATE', '内网'), (v) => fullness(v, 'private-ip')], [t('PUBLIC', '公网'), (v) => fullness(v, 'public-ip')],
        [t('REFUSED', '被拒绝'), (v) => v.refused.length || null],
      ]);
    });
}
