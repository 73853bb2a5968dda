// `edu task console TID`: the page with the guest's screen; for programs also a one-use WebSocket address that speaks VNC (RFB).
import type { Command } from 'commander';
import type { ConsoleGrant, TaskView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';

export function addTaskConsole(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('console').description(t("Print the address of the page that shows the guest's screen; it asks for your login.", '输出显示机器屏幕的网页地址；打开时需要登录。'))
    .argument('<task>', t('task id, or the name of its image', '任务 id，或其镜像的名称'))
    .addHelpText('after', `\n${t(
      `With --output json also "url": a WebSocket address with a one-use ticket, for a VNC client that speaks RFB over WebSocket.
It opens once, until "expiresAt" (a minute), for whoever sends the header "Authorization: Bearer" with the session's token.`,
      `使用 --output json 时另有 "url"：带一次性票据的 WebSocket 地址，供支持 RFB over WebSocket 的 VNC 客户端使用。
它在 "expiresAt" 之前（一分钟内）只能打开一次，且须携带请求头 "Authorization: Bearer" 与会话令牌。`)}\n${examples(cli, 'edu task console img-1a2b3c4d:img-5e6f7a8b:ins-9c0d1e2f')}`)
    .action(async (given: string, _options, command: Command) => {
      const { api, out, url } = connect(cli, command);
      const task = await api.task(given);
      const page = `${url.replace(/\/+$/, '')}/tasks/${task.tid}`;
      const path = `/tasks/${encodeURIComponent(task.tid)}`;
      if (out.form !== 'table') {
        const grant = await api.post<ConsoleGrant>(`${path}/console`);
        out.one({ page, ...grant, url: new URL(grant.url, url.replace(/^http/, 'ws')).href }, []);
        return;
      }
      const { state } = await api.get<TaskView>(path);
      out.one(null, [[t('page', '网页'), page], [t('next', '下一步'), state === 'running' ? t(`change the guest on that page, then: edu task stop ${task.tid} --wait`, `在该网页上修改，完成后：edu task stop ${task.tid} --wait`) : t(`the screen appears once the guest runs: edu task run ${task.tid} --wait`, `机器启动后才有屏幕：edu task run ${task.tid} --wait`)]]);
    });
}
