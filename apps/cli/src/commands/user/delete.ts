// `edu user delete NAME`
import type { Command } from 'commander';
import { connect, examples, type Cli } from '../../cli.ts';

export function addUserDelete(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('delete').description(t('Delete an account and end its sessions; what it made stays.', '删除账号并结束其会话；其创建的内容保留。'))
    .argument('<name>', t('name of the account', '账号名称'))
    .addHelpText('after', examples(cli, 'edu user delete anna'))
    .action(async (name: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      await api.remove(`/users/${encodeURIComponent(name)}`);
      out.one({ name, deleted: true }, [[t('deleted', '已删除'), name]]);
    });
}
