// `edu lvd run|stop|reset DESKTOP` and `edu lvd sync`: what people do at a classroom PC. Nobody of the cloud is asked.
import os from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import type { LocalDesktop, LocalDesktops, LocalState } from '@educloud/contracts';
import { examples, outputOf, type Cli } from '../../cli.ts';
import { EXIT } from '../../exit-codes.ts';
import { actionFor, CliFailure } from '../../failure.ts';
import { nameOf, told } from '../../language.ts';
import { openLocalDoor, type LocalDoor } from '../../local-door.ts';
import type { Output } from '../../output.ts';
import { duration, goesOnHelp } from '../../values.ts';
import { desktopColumns, showDesktop } from './columns.ts';
import { withSocket, type SocketOption } from './socket.ts';

interface ActionOptions extends SocketOption { wait?: boolean; timeout?: number; grace?: number; force?: boolean; user?: string }

const LOOK_EVERY_MS = 300;
const UNDER_WAY: readonly LocalState[] = ['starting', 'stopping'];

/** The door may be gone for a moment: what is under way goes on when the node controller is back. */
async function untilAtRest(cli: Cli, door: LocalDoor, id: string, out: Output, timeoutMs: number | null): Promise<LocalDesktop> {
  const { t, now } = cli;
  const began = now();
  const bar = out.bar(t('local desktop', '本地桌面'));
  try {
    for (;;) {
      const d = await door.get<LocalDesktop>(`/desktops/${id}`).catch((e: unknown) => {
        if (e instanceof CliFailure && e.exitCode === EXIT.unavailable) return null;
        throw e;
      });
      if (d && !UNDER_WAY.includes(d.state)) return d;
      if (d) bar.update(d.state === 'starting' ? d.progress : null, nameOf(t, 'localState', d.state));
      if (timeoutMs !== null && now() - began > timeoutMs) throw new CliFailure(EXIT.timeout, t, { code: 'TIMEOUT', what: t('the time is over; what is under way goes on by itself', '等待超时，操作仍在继续'), action: `edu lvd status ${id}` });
      await pause(LOOK_EVERY_MS);
    }
  } finally {
    bar.end();
  }
}

const userHere = (): string | null => {
  try { return os.userInfo().username; } catch { return null; }
};

export function addLvdActions(parent: Command, cli: Cli): void {
  const { t } = cli;
  const add = (name: 'run' | 'stop' | 'reset', meaning: string): Command => withSocket(parent.command(name).description(meaning), t)
    .argument('<desktop>', t('id or name', 'id 或名称'));
  const waiting = (command: Command): Command => command.option('--wait', t('follow it until it has ended', '等待其结束并显示进度')).option('--timeout <time>', goesOnHelp(t), duration(t));

  async function act(command: Command, options: ActionOptions, desktop: string, action: 'run' | 'stop' | 'reset', body: object): Promise<void> {
    const door = openLocalDoor(cli, options.socket);
    const out = outputOf(cli, command);
    let d = await door.post<LocalDesktop>(`/desktops/${encodeURIComponent(desktop)}/${action}`, body);
    if (options.wait) d = await untilAtRest(cli, door, d.id, out, options.timeout ?? null);
    if (d.error && options.wait) throw new CliFailure(EXIT.taskFailed, t, { code: d.error.code, what: told(t, d.error.why, d.error.message), action: d.error.todo ? told(t, d.error.todo, '') : actionFor(t, d.error.code) });
    showDesktop(d, out, t);
  }

  waiting(add('run', t('Start a local desktop on this PC. Works without the cloud as long as its lease lasts.', '在此电脑上启动本地桌面。许可有效期内无需云平台。')))
    .option('--user <name>', t('who uses it (default: the account that starts it)', '使用者（默认为启动它的账号）'))
    .addHelpText('after', `\n${t('A desktop that runs goes on running when its lease ends; only a new start is refused then.', '许可到期时正在运行的桌面会继续运行，只是不能再次启动。')}\n${examples(cli, 'edu lvd run maths --wait', 'edu lvd run ins-1a2b3c4d --user anna --wait')}`)
    .action(async (desktop: string, options: ActionOptions, c: Command) => act(c, options, desktop, 'run', { user: options.user ?? userHere() }));
  waiting(add('stop', t('Shut it down; forced after the grace time. A temporary one loses its disk.', '关机；超过宽限时间则强制。临时桌面的磁盘会被丢弃。')))
    .option('--grace <time>', t('time for a clean shutdown (90 or 90s, 5m)', '正常关机的宽限时间（90 或 90s、5m）'), duration(t)).option('--force', t('power off at once', '立即断电'))
    .addHelpText('after', examples(cli, 'edu lvd stop maths --wait', 'edu lvd stop ins-1a2b3c4d --grace 2m'))
    .action(async (desktop: string, options: ActionOptions, c: Command) => act(c, options, desktop, 'stop', { ...(options.grace === undefined ? {} : { graceSeconds: Math.round(options.grace / 1000) }), ...(options.force ? { force: true } : {}) }));
  add('reset', t('Throw its disk away; what was on it is lost. The next start makes it anew from the image.', '丢弃它的磁盘，其中的内容将丢失；下次启动时由镜像重新创建。'))
    .addHelpText('after', examples(cli, 'edu lvd reset maths'))
    .action(async (desktop: string, options: ActionOptions, c: Command) => act(c, options, desktop, 'reset', {}));
  withSocket(parent.command('sync').description(t('Ask the cluster controller now: what may be run here, new leases, images that are missing.', '立即询问集群控制器：可运行的桌面、新的许可、缺少的镜像。')), t)
    .addHelpText('after', examples(cli, 'edu lvd sync'))
    .action(async (options: SocketOption, c: Command) => {
      const { items } = await openLocalDoor(cli, options.socket).post<LocalDesktops>('/sync');
      outputOf(cli, c).list(items, desktopColumns(t));
    });
}
