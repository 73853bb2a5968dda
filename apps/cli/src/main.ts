// The command `edu`: wiring of all commands, and the one place where a failure becomes a line and an exit code.
import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Command, CommanderError, Option } from 'commander';
import type { Cli } from './cli.ts';
import { addImageCommands } from './commands/image/index.ts';
import { addLogin } from './commands/login.ts';
import { addNodeCommands } from './commands/node/index.ts';
import { addOrphanCommands } from './commands/orphan/index.ts';
import { addStatus } from './commands/status.ts';
import { addTaskCommands } from './commands/task/index.ts';
import { addUserCommands } from './commands/user/index.ts';
import { EXIT, exitCodeHelp, type ExitCode } from './exit-codes.ts';
import { CliFailure } from './failure.ts';
import { chooseLanguage, translator } from './language.ts';
import { askHidden, readAll } from './terminal.ts';

export function createProgram(cli: Cli): Command {
  const { t } = cli;
  const program = new Command('edu')
    .description(t('The command line of the eduCloud, through its public REST API.', 'eduCloud 命令行，仅使用公开的 REST API。'))
    .addOption(new Option('--url <url>', t('address of the cloud (EDU_URL; else that of the last login)', '云平台地址（EDU_URL；默认为上次登录的地址）')))
    .addOption(new Option('-o, --output <form>', t('form of the result', '结果的输出格式')).choices(['table', 'json', 'yaml']).default('table'))
    .showHelpAfterError(t('(--help shows the usage)', '（--help 显示用法）'))
    .addHelpText('after', `\n${exitCodeHelp(t)}\n\n${t('Environment: EDU_URL, EDU_TOKEN, EDU_PASSWORD, EDU_CONFIG (directory of session and upload state), EDU_LANG=en|zh', '环境变量：EDU_URL、EDU_TOKEN、EDU_PASSWORD、EDU_CONFIG（会话与上传状态目录）、EDU_LANG=en|zh')}`)
    .configureOutput({ writeOut: (s) => { cli.stdout.write(s); }, writeErr: (s) => { cli.stderr.write(s); } })
    .exitOverride();
  addLogin(program, cli);
  addStatus(program, cli);
  addNodeCommands(program, cli);
  addOrphanCommands(program, cli);
  addImageCommands(program, cli);
  addTaskCommands(program, cli);
  addUserCommands(program, cli);
  return program;
}

/** Runs one command line (without `node edu`). Never throws. */
export async function runEdu(args: string[], cli: Cli): Promise<ExitCode> {
  try {
    await createProgram(cli).parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (e) {
    if (e instanceof CommanderError) return e.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (e instanceof CliFailure) {
      cli.stderr.write(`edu: ${e.message}\n`);
      return e.exitCode;
    }
    cli.stderr.write(`edu: ${cli.t('failed', '失败')}: ${e instanceof Error ? e.message : String(e)}\n`);
    return EXIT.failed;
  }
}

const startedAs = process.argv[1];
if (startedAs && import.meta.url === pathToFileURL(realpathSync(startedAs)).href) {
  const cli: Cli = {
    env: process.env, t: translator(chooseLanguage(process.env)), stdout: process.stdout, stderr: process.stderr,
    readStdin: () => readAll(process.stdin), askHidden: (q) => askHidden(q, process.stdin, process.stderr), now: Date.now,
  };
  process.stdout.on('error', () => process.exit(EXIT.ok)); // `edu … | head`
  process.exitCode = await runEdu(process.argv.slice(2), cli);
}
