// `edu login`: exchanges name and password for a session, kept with mode 0600.
import type { Command } from 'commander';
import type { LoginReply } from '@educloud/contracts';
import { createApi } from '../api.ts';
import { examples, outputOf, type Cli, type GlobalOptions } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { nameOf } from '../language.ts';
import { humanTime } from '../output.ts';
import { loadSession, saveSession } from '../session.ts';

export function addLogin(program: Command, cli: Cli): void {
  const { t } = cli;
  program.command('login')
    .description(t('Log in; the password comes from EDU_PASSWORD, standard input or the terminal.', '登录；密码取自 EDU_PASSWORD、标准输入或终端。'))
    .requiredOption('--user <name>', t('account', '账号'))
    .addHelpText('after', examples(cli, 'edu login --url http://cloud.example:8771 --user admin', 'edu login --user admin', 'EDU_PASSWORD=… edu login --url http://cloud.example:8771 --user admin', 'edu login --url http://cloud.example:8771 --user admin < password-file'))
    .action(async (options: { user: string }, command: Command) => {
      const session = loadSession(cli.env);
      const url = command.optsWithGlobals<GlobalOptions>().url ?? cli.env['EDU_URL'] ?? session?.url;
      if (!url || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new CliFailure(EXIT.usage, t, { code: 'USAGE', what: url ? t(`"${url}" is not an address of a cloud`, `“${url}”不是云平台地址`) : t('the address of the cloud is missing', '缺少云平台地址'), action: `edu login --url http://HOST:PORT --user ${options.user}` });
      const password = cli.env['EDU_PASSWORD'] ?? (await cli.readStdin())?.replace(/\r?\n$/, '') ?? (await cli.askHidden(t('Password: ', '密码：')));
      const reply = await createApi({ url, token: null, t }).post<LoginReply>('/login', { user: options.user, password }).catch((e: unknown) => {
        // The cloud is the right one, only the password was not: the next try need not name it again.
        const loggedIn = session !== null && session.expiresAt > cli.now();
        if (e instanceof CliFailure && e.problem.code === 'BAD_CREDENTIALS' && !loggedIn) saveSession(cli.env, { url, user: options.user, token: '', expiresAt: 0 });
        throw e;
      });
      saveSession(cli.env, { url, user: reply.user, token: reply.token, expiresAt: reply.expiresAt });
      outputOf(cli, command).one({ user: reply.user, role: reply.role, url, expiresAt: reply.expiresAt }, [[t('user', '用户'), reply.user], [t('role', '角色'), nameOf(t, 'userRole', reply.role)], [t('cloud', '云平台'), url], [t('until', '有效期至'), humanTime(reply.expiresAt)]]);
    });
}
