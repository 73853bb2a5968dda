// `edu user list`
import type { Command } from 'commander';
import type { UserView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { nameOf } from '../../language.ts';
import { humanTime } from '../../output.ts';

export function addUserList(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('list').description(t('List all accounts.', '列出所有账号。'))
    .addHelpText('after', examples(cli, 'edu user list'))
    .action(async (_options, command: Command) => {
      const { api, out } = connect(cli, command);
      out.list(await api.list<UserView>('/users'), [
        [t('USER', '用户'), (u) => u.name], [t('ROLE', '角色'), (u) => nameOf(t, 'userRole', u.role)], [t('DISABLED', '已停用'), (u) => (u.disabled ? t('yes', '是') : '')], [t('CREATED', '创建时间'), (u) => humanTime(u.createdAt)],
      ]);
    });
}
