// `edu instance console ID`: a one-use WebSocket address of the guest's screen that speaks VNC (RFB).
import type { Command } from 'commander';
import type { ConsoleGrant } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { humanTime } from '../../output.ts';
import { instanceId } from '../../values.ts';

export function addInstanceConsole(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('console').description(t("A one-use address of its screen: WebSocket with RFB inside, for a VNC client that speaks it.", '它的屏幕的一次性地址：WebSocket 中的 RFB，供支持它的 VNC 客户端使用。'))
    .argument('<id>', t('instance id', '实例 id'), instanceId(t))
    .addHelpText('after', `\n${t('It opens once, for a minute, for whoever sends the header "Authorization: Bearer" with the session\'s token.', '一分钟内只能打开一次，且须携带请求头 "Authorization: Bearer" 与会话令牌。')}\n${examples(cli, 'edu instance console ins-1a2b3c4d', 'edu instance console ins-1a2b3c4d --output json')}`)
    .action(async (id: string, _options, command: Command) => {
      const { api, out, url } = connect(cli, command);
      const grant = await api.post<ConsoleGrant>(`/instances/${id}/console`);
      const address = new URL(grant.url, url.replace(/^http/, 'ws')).href;
      out.one({ ...grant, url: address }, [[t('address', '地址'), address], [t('until', '有效至'), humanTime(grant.expiresAt)]]);
    });
}
