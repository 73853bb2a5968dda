// `edu lvd console DESKTOP`: where its screen is on this PC, and how to look at it.
import type { Command } from 'commander';
import type { LocalDesktop } from '@educloud/contracts';
import { examples, outputOf, type Cli } from '../../cli.ts';
import { EXIT } from '../../exit-codes.ts';
import { CliFailure } from '../../failure.ts';
import { openLocalDoor } from '../../local-door.ts';
import { withSocket, type SocketOption } from './socket.ts';

export function addLvdConsole(parent: Command, cli: Cli): void {
  const { t } = cli;
  withSocket(parent.command('console').description(t('Print where its screen is (VNC on a unix socket of this PC) and a command that shows it.', '输出其屏幕的位置（本机 unix 套接字上的 VNC）以及显示它的命令。')), t)
    .argument('<desktop>', t('id or name', 'id 或名称'))
    .addHelpText('after', examples(cli, 'edu lvd console maths', 'edu lvd console ins-1a2b3c4d --output json'))
    .action(async (desktop: string, options: SocketOption, command: Command) => {
      const d = await openLocalDoor(cli, options.socket).get<LocalDesktop>(`/desktops/${encodeURIComponent(desktop)}`);
      if (!d.screen) throw new CliFailure(EXIT.conflict, t, { code: 'GUEST_NOT_RUNNING', what: t(`${d.name} is not running`, `${d.name} 没有运行`), action: `edu lvd run ${d.id} --wait` });
      const view = `remote-viewer vnc+unix://${d.screen}`;
      outputOf(cli, command).one({ id: d.id, screen: d.screen, view }, [[t('screen', '屏幕'), d.screen], [t('look at it', '查看'), view], [t('or', '或'), `vncviewer ${d.screen}`]]);
    });
}
