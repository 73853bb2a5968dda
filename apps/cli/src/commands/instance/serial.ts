// `edu instance serial ID`: the guest's serial console on this terminal, until Ctrl-].
import { StringDecoder } from 'node:string_decoder';
import type { Command } from 'commander';
import type { ConsoleGrant } from '@educloud/contracts';
import type { Api } from '../../api.ts';
import { connect, examples, type Cli } from '../../cli.ts';
import { EXIT } from '../../exit-codes.ts';
import { CliFailure } from '../../failure.ts';
import { openSerialTerminal, type SerialEnd } from '../../serial-terminal.ts';

export function addInstanceSerial(parent: Command, cli: Cli): void {
  const { t, stderr, stdout } = cli;
  parent.command('serial').description(t('Use its serial console on this terminal; Ctrl-] leaves it.', '在本终端使用其串行控制台；按 Ctrl-] 离开。'))
    .argument('<id>', t('id or unique name', '实例 id 或唯一的名称'))
    .addHelpText('after', `\n${t('Every key goes to the machine, also Ctrl-C. Press Enter if nothing is shown: the machine has to offer a login on its serial port (ttyS0, COM1).', '所有按键都会发送到机器，包括 Ctrl-C。没有内容时请按回车：机器须在串口（ttyS0、COM1）上提供登录。')}\n${examples(cli, 'edu instance serial desk-1')}`)
    .action(async (given: string, _options: unknown, command: Command) => {
      const { api } = connect(cli, command);
      const id = await api.instance(given);
      const keys = process.stdin;
      const decoder = new StringDecoder('utf8');
      try {
        const end = await openSerial(cli, api, {
          id, tail: 20, keys,
          said: (chunk) => void stdout.write(decoder.write(chunk)),
          opened() {
            stderr.write(`${t(`Connected to the serial console of ${id}. Ctrl-] leaves it.`, `已连接到 ${id} 的串行控制台。按 Ctrl-] 离开。`)}\r\n`);
            if (keys.isTTY) keys.setRawMode(true);
          },
        });
        if (keys.isTTY) stderr.write('\r\n');
        saysHowItEnded(cli, end, id);
      } finally {
        if (keys.isTTY) keys.setRawMode(false);
        keys.pause().unref?.();
      }
    });
}

interface Serial { id: string; tail: number; keys: NodeJS.ReadStream | null; said(chunk: Buffer): void; opened?(): void }

/** Says now, in the words of the cloud, why there is none. Ends with Ctrl-C where that is no key of the guest. */
export async function openSerial({ t }: Cli, api: Api, { id, tail, keys, said, opened }: Serial): Promise<SerialEnd> {
  const grant = await api.post<ConsoleGrant>(`/instances/${id}/console`, { channel: 'serial', tail });
  const ended = new AbortController();
  const end = (): void => ended.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  try {
    return await openSerialTerminal({ at: api.webSocket(grant.url), keys, said, ...(opened ? { opened } : {}), signal: ended.signal });
  } catch (e) {
    throw new CliFailure(EXIT.unavailable, t, { code: 'UNREACHABLE', what: t(`the serial console cannot be opened: ${(e as Error).message}`, `无法打开串行控制台：${(e as Error).message}`), action: t('try again', '请重试') });
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
  }
}

export function saysHowItEnded({ t, stderr }: Cli, end: SerialEnd, id: string): void {
  if (end === 'lost') throw new CliFailure(EXIT.unavailable, t, { code: 'UNREACHABLE', what: t('the connection to the serial console broke off', '与串行控制台的连接已中断'), action: t(`see edu instance show ${id}`, `查看 edu instance show ${id}`) });
  if (end === 'off') stderr.write(`${t('the machine is off, or starts again', '机器已关机或正在重新启动')}\n`);
}
