// `edu user create NAME`: the new account's password comes from EDU_NEW_PASSWORD, standard input or the terminal, never from the command line.
import { Option, type Command } from 'commander';
import type { UserView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { nameOf } from '../../language.ts';

export function addUserCreate(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('create').description(t('Make an account; its password comes from EDU_NEW_PASSWORD, standard input or the terminal.', '创建账号；密码取自 EDU_NEW_PASSWORD、标准输入或终端。'))
    .argument('<name>', t('name of the account', '账号名称'))
    .addOption(new Option('--role <role>', t('what it may do', '权限')).choices(['user', 'admin']).default('user'))
    .addHelpText('after', examples(cli, 'edu user create anna', 'edu user create ben --role admin < password-file'))
    .action(async (name: string, options: { role: string }, command: Command) => {
      const { api, out } = connect(cli, command);
      const password = cli.env['EDU_NEW_PASSWORD'] ?? (await cli.readStdin())?.replace(/\r?\n$/, '') ?? (await cli.askHidden(t(`Password of ${name}: `, `${name} 的密码：`)));
      const user = await api.post<UserView>('/users', { name, role: options.role, password });
      out.one(user, [[t('user', '用户'), user.name], [t('role', '角色'), nameOf(t, 'userRole', user.role)]]);
    });
}
