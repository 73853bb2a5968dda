// `edu node list`
import type { Command } from 'commander';
import type { DaemonView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { daemonColumns } from './columns.ts';

export function addNodeList(parent: Command, cli: Cli): void {
  parent.command('list').description(cli.t('List all daemons.', '列出所有服务。'))
    .addHelpText('after', examples(cli, 'edu node list'))
    .action(async (_options, command: Command) => {
      const { api, out } = connect(cli, command);
      out.list(await api.list<DaemonView>('/nodes'), daemonColumns(cli.t));
    });
}
