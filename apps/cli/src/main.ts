// The command `edu`: wiring of all commands, and the one place where a failure becomes a line and an exit code.
import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Command, CommanderError, Option } from 'commander';
import type { Cli } from './cli.ts';
import { addBatchCommands } from './commands/batch/index.ts';
import { addClassCommands } from './commands/class/index.ts';
import { addImageCommands } from './commands/image/index.ts';
import { addInstanceCommands } from './commands/instance/index.ts';
import { addLvdCommands } from './commands/lvd/index.ts';
import { addLogin } from './commands/login.ts';
import { addHostCommands } from './commands/host/index.ts';
import { addOrphanCommands } from './commands/orphan/index.ts';
import { addOsTypeCommands } from './commands/ostype/index.ts';
import { addStatus } from './commands/status.ts';
import { addTaskCommands } from './commands/task/index.ts';
import { addUserCommands } from './commands/user/index.ts';
import { addNetworkCommands } from './commands/network/index.ts';
import { addVmTypeCommands } from './commands/vmtype/index.ts';
import { EXIT, exitCodeHelp, type ExitCode } from './exit-codes.ts';
import { CliFailure } from './failure.ts';
import { complaintOf, withFrame } from './help-frame.ts';
import { chooseLanguage, translator } from './language.ts';
import { printFailure, type OutputForm } from './output.ts';
import { askHidden, readAll } from './terminal.ts';

export function createProgram(cli: Cli): Command {
  const { t } = cli;
  const program = withFrame(new Command('edu'), t)
    .description(t('The command line of the eduCloud, through its public REST API.', 'eduCloud 命令行，仅使用公开的 REST API。'))
    .addOption(new Option('--url <url>', t('address of the cloud (default: EDU_URL, else that of the last login)', '云平台地址（EDU_URL；默认为上次登录的地址）')))
    .addOption(new Option('-o, --output <form>', t('form of the result', '结果的输出格式')).choices(['table', 'json', 'yaml']).default('table'))
    .addHelpText('after', `\n${exitCodeHelp(t)}\n\n${t('Environment: EDU_URL, EDU_TOKEN, EDU_PASSWORD, EDU_CONFIG (directory of session and upload state), EDU_LANG=en|zh', '环境变量：EDU_URL、EDU_TOKEN、EDU_PASSWORD、EDU_CONFIG（会话与上传状态目录）、EDU_LANG=en|zh')}`)
    .configureOutput({ writeOut: (s) => { cli.stdout.write(s); }, writeErr: (s) => { cli.stderr.write(s); }, outputError: () => undefined })
    .exitOverride();
  addLogin(program, cli);
  addStatus(program, cli);
  addHostCommands(program, cli);
  addOrphanCommands(program, cli);
  addImageCommands(program, cli);
  addTaskCommands(program, cli);
  addInstanceCommands(program, cli);
  addClassCommands(program, cli);
  addBatchCommands(program, cli);
  addLvdCommands(program, cli);
  addUserCommands(program, cli);
  addVmTypeCommands(program, cli);
  addNetworkCommands(program, cli);
  addOsTypeCommands(program, cli);
  return program;
}

/** As it was typed, also when the command line could not be read. */
const formOf = (args: string[]): OutputForm => {
  const at = args.findIndex((arg) => /^(-o|--output)/.test(arg));
  const form = /^(?:-o|--output)=?(.+)$/.exec(args[at] ?? '')?.[1] ?? args[at + 1];
  return at >= 0 && (form === 'json' || form === 'yaml') ? form : 'table';
};

/** Runs one command line (without `node edu`). Never throws. */
export async function runEdu(args: string[], cli: Cli): Promise<ExitCode> {
  const failed = (failure: CliFailure): ExitCode => {
    printFailure(failure, formOf(args), cli.stderr);
    return failure.exitCode;
  };
  const program = createProgram(cli);
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (e) {
    if (e instanceof CliFailure) return failed(e);
    if (!(e instanceof CommanderError)) return failed(new CliFailure(EXIT.failed, cli.t, { code: 'FAILED', what: e instanceof Error ? e.message : String(e) }));
    if (e.exitCode === 0) return EXIT.ok;
    // A group without a command has shown its help.
    if (e.code === 'commander.help') return EXIT.usage;
    const typed = args.filter((arg, n) => !arg.startsWith('-') && n < 3);
    const known = typed.reduce<Command[]>((path, word) => { const next = path.at(-1)!.commands.find((c) => c.name() === word); return next ? [...path, next] : path; }, [program]);
    return failed(new CliFailure(EXIT.usage, cli.t, { code: 'USAGE', what: complaintOf(e, cli.t), action: `${known.map((c) => c.name()).join(' ')} --help` }));
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
