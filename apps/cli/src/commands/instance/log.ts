// `edu instance log ID`: what the guest said on its serial port, as text that a terminal does not obey; with --follow also what it says from now on.
import { StringDecoder } from 'node:string_decoder';
import { InvalidArgumentError, type Command } from 'commander';
import { SERIAL_TAIL_LINES, serialText } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { EXIT } from '../../exit-codes.ts';
import { CliFailure } from '../../failure.ts';
import { openSerial, saysHowItEnded } from './serial.ts';

export function addInstanceLog(parent: Command, cli: Cli): void {
  const { t } = cli;
  const lines = (text: string): number => {
    if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > SERIAL_TAIL_LINES) throw new InvalidArgumentError(t(`a whole number from 1 to ${SERIAL_TAIL_LINES} is needed`, `需要 1 到 ${SERIAL_TAIL_LINES} 的整数`));
    return Number(text);
  };
  parent.command('log').description(t('Print what the machine wrote on its serial port: the messages of its start, its console, also of one that is off.', '输出机器写到串口的内容：启动信息与控制台；已关机的机器也可查看。'))
    .argument('<id>', t('id or unique name', '实例 id 或唯一的名称'))
    .option('--tail <lines>', t('only the last so many lines', '只输出最后若干行'), lines, 1000)
    .option('-f, --follow', t('go on with what it writes, until it is off or Ctrl-C', '继续输出新内容，直到关机或按 Ctrl-C'))
    .addHelpText('after', `\n${t('About the last megabyte is kept, as long as the instance has its disk.', '保留最后约 1 MiB，直到实例的磁盘被丢弃。')}\n${examples(cli, 'edu instance log desk-1 --tail 50', 'edu instance log ins-1a2b3c4d --follow')}`)
    .action(async (given: string, options: { tail: number; follow?: boolean }, command: Command) => {
      const { api, out } = connect(cli, command);
      if (options.follow && out.form !== 'table') throw new CliFailure(EXIT.usage, t, { code: 'BAD_REQUEST', what: t('--follow prints text as it comes: it has no other form', '--follow 逐行输出文本，没有其他格式'), action: `edu instance log ${given} --follow -o table` });
      const id = await api.instance(given);
      if (options.follow) {
        const shown = inLines((text) => void cli.stdout.write(text));
        const end = await openSerial(cli, api, { id, tail: options.tail, keys: null, said: shown.add });
        shown.end();
        return saysHowItEnded(cli, end, id);
      }
      const text = await api.text(`/instances/${id}/log?tail=${options.tail}`);
      if (out.form === 'table') cli.stdout.write(text === '' || text.endsWith('\n') ? text : `${text}\n`);
      else out.one({ id, log: text }, []);
    });
}

/** One that never ends its line is shown in pieces of this size. */
const LONGEST_LINE = 64 * 1024;

/** Whole lines only: what a line really says is known at its end. */
export function inLines(write: (text: string) => void): { add(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return {
    add(chunk) {
      rest += decoder.write(chunk);
      const end = rest.lastIndexOf('\n') + 1;
      if (end > 0) write(serialText(rest.slice(0, end)));
      rest = rest.slice(end);
      if (rest.length > LONGEST_LINE) {
        write(`${serialText(rest)}\n`);
        rest = '';
      }
    },
    end() {
      if (rest !== '') write(`${serialText(rest)}\n`);
    },
  };
}
