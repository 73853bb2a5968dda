// `edu orphan list`
import type { Command } from 'commander';
import type { OrphanView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { humanBytes, humanTime } from '../../output.ts';

export function addOrphanList(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('list').description(t('List orphans: why nothing needs them, and what becomes of them.', '列出孤立资源：为何无人需要，以及将如何处理。'))
    .addHelpText('after', examples(cli, 'edu orphan list'))
    .action(async (_options, command: Command) => {
      const { api, out } = connect(cli, command);
      out.list(await api.list<OrphanView>('/orphans'), [
        [t('WHERE', '位置'), (o) => o.daemonName], [t('KIND', '类型'), (o) => o.kind], [t('NAME', '名称'), (o) => o.name], [t('WHAT', '内容'), (o) => o.what], [t('SIZE', '大小'), (o) => humanBytes(o.sizeBytes)],
        [t('WHY', '原因'), (o) => o.why], [t('SINCE', '发现于'), (o) => humanTime(o.since)],
        [t('REMOVAL', '清除'), (o) => (o.removal === 'kept' ? `${t('kept', '保留')}: ${o.reason}` : `${t('after', '不早于')} ${humanTime(o.dueAt)}${o.reason ? ` (${o.reason})` : ''}`)],
      ]);
    });
}
