// `edu host list`
import { Option, type Command } from 'commander';
import { Role, type DaemonView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { daemonColumns } from './columns.ts';

export function addHostList(parent: Command, cli: Cli): void {
  parent.command('list').description(cli.t('List all daemons.', '列出所有服务。'))
    .addOption(new Option('--role <role>', cli.t('only those of this role', '只列出此角色的')).choices(Role.options))
    .addHelpText('after', examples(cli, 'edu host list', 'edu host list --role nc'))
    .action(async (options: { role?: string }, command: Command) => {
      const { api, out } = connect(cli, command);
      out.list(await api.list<DaemonView>(`/nodes${options.role ? `?role=${options.role}` : ''}`), daemonColumns(cli.t));
    });
}
