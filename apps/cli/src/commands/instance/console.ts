// `edu instance console ID`: the page with the guest's screen; for programs also a one-use WebSocket address that speaks VNC (RFB).
import type { Command } from 'commander';
import type { ConsoleGrant, InstanceView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { instanceId } from '../../values.ts';

export function addInstanceConsole(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('console').description(t('Print the address of the page that shows its screen; it asks for your login.', '输出显示其屏幕的网页地址；打开时需要登录。'))
    .argument('<id>', t('instance id', '实例 id'), instanceId(t))
    .addHelpText('after', `\n${t('With --output json also "url": a WebSocket address with a one-use ticket, for a VNC client that speaks RFB over WebSocket. It opens once within a minute, for whoever sends the header "Authorization: Bearer" with the session\'s token.', '使用 --output json 时另有 "url"：带一次性票据的 WebSocket 地址，供支持 RFB over WebSocket 的 VNC 客户端使用。一分钟内只能打开一次，且须携带请求头 "Authorization: Bearer" 与会话令牌。')}\n${examples(cli, 'edu instance console ins-1a2b3c4d', 'edu instance console ins-1a2b3c4d --output json')}`)
    .action(async (id: string, _options, command: Command) => {
      const { api, out, url } = connect(cli, command);
      const page = `${url.replace(/\/+$/, '')}/instances/${id}`;
      if (out.form !== 'table') {
        const grant = await api.post<ConsoleGrant>(`/instances/${id}/console`);
        out.one({ page, ...grant, url: new URL(grant.url, url.replace(/^http/, 'ws')).href }, []);
        return;
      }
      const { aURL } = await api.get<InstanceView>(`/instances/${id}`);
      out.one(null, [[t('page', '网页'), page], [t('next', '下一步'), aURL ? `edu instance stop ${id} --wait` : t(`the screen appears once it runs: edu instance run ${id} --wait`, `机器启动后才有屏幕：edu instance run ${id} --wait`)]]);
    });
}
