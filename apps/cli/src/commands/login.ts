// `edu login`: exchanges name and password for a session, kept with mode 0600.
import type { Command } from 'commander';
import type { LoginReply } from '@educloud/contracts';
import { createApi } from '../api.ts';
import { examples, outputOf, type Cli, type GlobalOptions } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { CliFailure, failureLine } from '../failure.ts';
import { humanTime } from '../output.ts';
import { saveSession } from '../session.ts';

export function addLogin(program: Command, cli: Cli): void {
  const { t } = cli;
  program.command('login')
    .description(t('Log in; the password comes from EDU_PASSWORD, standard input or the terminal.', '登录；密码取自 EDU_PASSWORD、标准输入或终端。'))
    .requiredOption('--user <name>', t('account', '账号'))
    .addHelpText('after', examples(cli, 'edu login --url http://cloud.example:8771 --user admin', 'EDU_PASSWORD=… edu login --url http://cloud.example:8771 --user admin', 'edu login --url http://cloud.example:8771 --user admin < password-file'))
    .action(async (options: { user: string }, command: Command) => {
      const url = command.optsWithGlobals<GlobalOptions>().url ?? cli.env['EDU_URL'];
      if (!url || !URL.canParse(url)) throw new CliFailure(EXIT.usage, failureLine(t, { what: t('the address of the cloud is missing or wrong', '缺少云平台地址或地址有误'), action: 'edu login --url http://HOST:PORT --user NAME' }));
      const password = cli.env['EDU_PASSWORD'] ?? (await cli.readStdin())?.replace(/\r?\n$/, '') ?? (await cli.askHidden(t('Password: ', '密码：')));
      const reply = await createApi({ url, token: null, t }).post<LoginReply>('/login', { user: options.user, password });
      saveSession(cli.env, { url, user: reply.user, token: reply.token, expiresAt: reply.expiresAt });
      outputOf(cli, command).one({ user: reply.user, role: reply.role, url, expiresAt: reply.expiresAt }, [[t('user', '用户'), reply.user], [t('role', '角色'), reply.role], [t('cloud', '云平台'), url], [t('until', '有效期至'), humanTime(reply.expiresAt)]]);
    });
}
