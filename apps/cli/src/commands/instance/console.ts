// `edu instance console ID`: the page with the guest's screen; for programs also a one-use WebSocket address that speaks VNC (RFB).
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { ConsoleGrant, InstanceView } from '@educloud/contracts';
import type { Api } from '../../api.ts';
import { connect, examples, type Cli } from '../../cli.ts';
import { EXIT } from '../../exit-codes.ts';
import { CliFailure } from '../../failure.ts';
import type { Output } from '../../output.ts';
import { port } from '../../values.ts';
import { openVncTunnel, viewerFile } from '../../vnc-tunnel.ts';

export function addInstanceConsole(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('console').description(t('Print the address of the page that shows its screen; it asks for your login.', '输出显示其屏幕的网页地址；打开时需要登录。'))
    .argument('<id>', t('id or unique name', '实例 id 或唯一的名称'))
    .option('--vnc-port <port>', t('give the screen to a VNC client on this machine: listen on this port of 127.0.0.1 (0 = any free one) until Ctrl-C', '供本机的 VNC 客户端使用：在 127.0.0.1 的该端口监听（0 = 任意空闲端口），直到按 Ctrl-C'), port(t))
    .option('--vv <file>', t('with --vnc-port: also write a file that virt-viewer (remote-viewer) opens', '与 --vnc-port 一起使用：另写一个可由 virt-viewer（remote-viewer）打开的文件'))
    .option('--rdp <file>', t('write a file that opens its remote desktop (mstsc, FreeRDP), where it has one and it is reached', '写入可打开其远程桌面的文件（mstsc、FreeRDP）；须有远程桌面服务且可以访问'))
    .addHelpText('after', `\n${t('With --output json also "url": a WebSocket address with a one-use ticket, for a VNC client that speaks RFB over WebSocket. It opens once within a minute, for whoever sends the header "Authorization: Bearer" with the session\'s token.', '使用 --output json 时另有 "url"：带一次性票据的 WebSocket 地址，供支持 RFB over WebSocket 的 VNC 客户端使用。一分钟内只能打开一次，且须携带请求头 "Authorization: Bearer" 与会话令牌。')}\n${examples(cli, 'edu instance console desk-1', 'edu instance console ins-1a2b3c4d --output json', 'edu instance console ins-1a2b3c4d --vnc-port 5901 --vv screen.vv', 'remote-viewer screen.vv', 'edu instance console desk-1 --rdp desk-1.rdp')}`)
    .action(async (given: string, options: { vncPort?: number; vv?: string; rdp?: string }, command: Command) => {
      const { api, out, url } = connect(cli, command);
      const id = await api.instance(given);
      if (options.rdp !== undefined) return writeRemoteDesktop(cli, api, out, { id, file: options.rdp });
      if (options.vncPort !== undefined) return giveToViewer(cli, api, out, { id, port: options.vncPort, vv: options.vv });
      if (options.vv !== undefined) throw new CliFailure(EXIT.usage, t, { code: 'BAD_REQUEST', what: t('--vv needs --vnc-port', '--vv 需要与 --vnc-port 一起使用'), action: `edu instance console ${id} --vnc-port 0 --vv ${options.vv}` });
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

/** Until it is interrupted: each connection of the viewer takes a ticket of its own. */
async function giveToViewer({ t, stderr }: Cli, api: Api, out: Output, asked: { id: string; port: number; vv: string | undefined }): Promise<void> {
  const { name } = await api.get<InstanceView>(`/instances/${asked.id}`);
  await api.post<ConsoleGrant>(`/instances/${asked.id}/console`); // says now, and not to the viewer, why there is no screen
  const tunnel = await openVncTunnel({
    port: asked.port,
    open: async () => api.webSocket((await api.post<ConsoleGrant>(`/instances/${asked.id}/console`)).url),
    failed: (e) => void stderr.write(`${t('the screen cannot be opened', '无法打开屏幕')}: ${e.message}\n`),
  }).catch((e: unknown) => {
    throw new CliFailure(EXIT.failed, t, { code: 'PORT_TAKEN', what: t(`cannot listen on 127.0.0.1:${asked.port}: ${(e as Error).message}`, `无法在 127.0.0.1:${asked.port} 监听：${(e as Error).message}`), action: `edu instance console ${asked.id} --vnc-port 0` });
  });
  try {
    if (asked.vv !== undefined) await writeFile(asked.vv, viewerFile({ port: tunnel.port, title: `${name} (${asked.id})` }), { mode: 0o600 });
    const address = `127.0.0.1:${tunnel.port}`;
    out.one({ vnc: address, ...(asked.vv === undefined ? {} : { vv: asked.vv }) }, [['vnc', address], [t('next', '下一步'), asked.vv === undefined ? `remote-viewer vnc://${address}` : `remote-viewer ${asked.vv}`], [t('end', '结束'), 'Ctrl-C']]);
    await new Promise<void>((resolve) => process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve()));
  } finally {
    await tunnel.close();
  }
}

/** What cannot work now is refused by the cloud, and nothing is written. */
async function writeRemoteDesktop({ t }: Cli, api: Api, out: Output, { id, file }: { id: string; file: string }): Promise<void> {
  await writeFile(file, await api.text(`/instances/${id}/rdp`), { mode: 0o600 });
  out.one({ rdp: file }, [['rdp', file], [t('next', '下一步'), process.platform === 'win32' ? `mstsc ${file}` : `xfreerdp ${file}`]]);
}
