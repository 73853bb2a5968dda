// `edu lvd usage`: what was run on classroom PCs, as the cloud was told.
import type { Command } from 'commander';
import type { LocalUseView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { nameOf } from '../../language.ts';
import { humanTime } from '../../output.ts';

export function addLvdUsage(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('usage').description(t('What was run on classroom PCs, newest first, as they reported it (needs a login).', '教室电脑上报的使用记录，最新的在前（需要登录）。'))
    .option('--instance <desktop>', t('only of this local desktop, by id or name', '只列出此本地桌面的，id 或名称'))
    .option('--host <id>', t('only of this PC, by the id of its node', '只列出此电脑的（节点 id）'))
    .addHelpText('after', examples(cli, 'edu lvd usage', 'edu lvd usage --instance ins-1a2b3c4d --output json'))
    .action(async (options: { instance?: string; host?: string }, command: Command) => {
      const { api, out } = connect(cli, command);
      const query = new URLSearchParams({ ...(options.instance ? { instance: await api.instance(options.instance) } : {}), ...(options.host ? { host: options.host } : {}) }).toString();
      out.list(await api.list<LocalUseView>(`/local/uses${query ? `?${query}` : ''}`), [
        [t('STARTED', '启动'), (u) => humanTime(u.startedAt)], [t('STOPPED', '结束'), (u) => (u.stoppedAt === null ? t('runs', '运行中') : humanTime(u.stoppedAt))], [t('HOST', '电脑'), (u) => u.hostName], [t('DESKTOP', '桌面'), (u) => u.name], ['ID', (u) => u.insId],
        [t('VERSION', '版本'), (u) => `v${u.version}`], [t('USER', '用户'), (u) => u.user], [t('HOW', '方式'), (u) => u.how && nameOf(t, 'localEnd', u.how)],
      ]);
    });
}
