// What every command gets: language, where to print, and the connection as the options and the session say.
import type { Command } from 'commander';
import { createApi, type Api } from './api.ts';
import { EXIT } from './exit-codes.ts';
import { CliFailure } from './failure.ts';
import type { Translate } from './language.ts';
import { createOutput, type Output, type OutputForm, type TextSink } from './output.ts';
import { loadSession, type Env, type Session } from './session.ts';

export interface Cli {
  env: Env;
  t: Translate;
  stdout: TextSink;
  stderr: TextSink;
  /** Password and the like: everything on standard input, or null when that is a terminal. */
  readStdin(): Promise<string | null>;
  /** Asks on the terminal without echo. */
  askHidden(question: string): Promise<string>;
  now(): number;
}

export interface GlobalOptions { url?: string; output: OutputForm }

export const outputOf = (cli: Cli, command: Command): Output => createOutput(command.optsWithGlobals<GlobalOptions>().output, cli.stdout, cli.stderr);

/** API and output for one command. EDU_TOKEN and --url/EDU_URL go before the session of `edu login`. */
export function connect(cli: Cli, command: Command): { api: Api; out: Output; url: string } {
  const session = loadSession(cli.env);
  const url = command.optsWithGlobals<GlobalOptions>().url ?? cli.env['EDU_URL'] ?? session?.url;
  // The token of a session goes to the cloud it came from and to no other.
  const token = cli.env['EDU_TOKEN'] ?? (session && session.url === url && session.expiresAt > cli.now() ? session.token : null);
  if (!url || !token) throw notLoggedIn(cli, session, url);
  return { api: createApi({ url, token, t: cli.t }), out: outputOf(cli, command), url };
}

function notLoggedIn({ t }: Cli, session: Session | null, url: string | undefined): CliFailure {
  const expired = session !== null && session.url === url && session.token !== '';
  return new CliFailure(EXIT.notAllowed, t, {
    code: 'UNAUTHENTICATED', what: expired ? t('the session has expired', '会话已过期') : t('not logged in', '尚未登录'),
    action: `edu login --url ${url ?? 'http://HOST:PORT'} --user ${session?.url === url && session?.user ? session.user : t('NAME', '用户名')}`,
  });
}

/** Examples below the options of a command's --help. */
export const examples = (cli: Cli, ...lines: string[]): string => `\n${cli.t('Examples:', '示例：')}\n${lines.map((l) => `  $ ${l}`).join('\n')}`;
