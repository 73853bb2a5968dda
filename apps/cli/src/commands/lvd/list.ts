// `edu lvd list`: what may be run on this PC. `edu lvd status` adds how it stands with the cloud.
import type { Command } from 'commander';
import type { LocalDesktops } from '@educloud/contracts';
import { examples, outputOf, type Cli } from '../../cli.ts';
import { humanTime } from '../../output.ts';
import { openLocalDoor } from '../../local-door.ts';
import { desktopColumns, showDesktop } from './columns.ts';
import { withSocket, type SocketOption } from './socket.ts';

export function addLvdList(parent: Command, cli: Cli): void {
  const { t } = cli;
  withSocket(parent.command('list').description(t('List the local desktops of this PC.', '列出此电脑上的本地桌面。')), t)
    .addHelpText('after', examples(cli, 'edu lvd list', 'edu lvd list --output json'))
    .action(async (options: SocketOption, command: Command) => {
      const { items } = await openLocalDoor(cli, options.socket).get<LocalDesktops>('/desktops');
      outputOf(cli, command).list(items, desktopColumns(t));
    });
}

export function addLvdStatus(parent: Command, cli: Cli): void {
  const { t } = cli;
  withSocket(parent.command('status').description(t('How this PC stands with the cloud; or one desktop in detail.', '此电脑与云平台的关系；或一个桌面的详情。')), t)
    .argument('[desktop]', t('id or name', 'id 或名称'))
    .addHelpText('after', examples(cli, 'edu lvd status', 'edu lvd status maths', 'edu lvd status ins-1a2b3c4d --output json'))
    .action(async (desktop: string | undefined, options: SocketOption, command: Command) => {
      const door = openLocalDoor(cli, options.socket);
      const out = outputOf(cli, command);
      if (desktop !== undefined) return showDesktop(await door.get(`/desktops/${encodeURIComponent(desktop)}`), out, t);
      const all = await door.get<LocalDesktops>('/desktops');
      out.one(all, [
        [t('host', '电脑'), `${all.hostName}${all.hostId ? ` ${all.hostId}` : ''}`], [t('cluster controller', '集群控制器'), all.reachable ? t('reachable', '可连接') : t('not reachable: desktops run all the same', '无法连接：桌面仍可运行')],
        [t('last heard', '最近联系'), humanTime(all.heardAt)], [t('runs not yet reported', '尚未上报的使用记录'), all.unreported], [t('desktops', '桌面'), all.items.length], [t('running', '运行中'), all.items.filter((d) => d.state === 'running').map((d) => d.name).join(', ')],
        [t('next', '下一步'), 'edu lvd list'],
      ]);
    });
}
