// `edu orphan list`
import type { Command } from 'commander';
import type { OrphanView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { told } from '../../language.ts';
import { humanBytes, humanTime } from '../../output.ts';

export function addOrphanList(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('list').description(t('List orphans: why nothing needs them, and what becomes of them.', '列出孤立资源：为何无人需要，以及将如何处理。'))
    .addHelpText('after', examples(cli, 'edu orphan list'))
    .action(async (_options, command: Command) => {
      const { api, out } = connect(cli, command);
      out.list(await api.list<OrphanView>('/orphans'), [
        [t('WHERE', '位置'), (o) => o.daemonName], [t('KIND', '类型'), (o) => o.kind], [t('NAME', '名称'), (o) => o.name], [t('WHAT', '内容'), (o) => told(t, o.said?.what, o.what)], [t('SIZE', '大小'), (o) => humanBytes(o.sizeBytes)],
        [t('WHY', '原因'), (o) => told(t, o.said?.why, o.why)], [t('SINCE', '发现于'), (o) => humanTime(o.since)],
        [t('REMOVAL', '清除'), (o) => (o.removal === 'kept' ? t(`kept: ${o.reason}`, `保留：${told(t, o.said?.reason, o.reason)}`) : t(`after ${humanTime(o.dueAt)}`, `${humanTime(o.dueAt)} 之后`) + (o.reason ? t(` (${o.reason})`, `（${told(t, o.said?.reason, o.reason)}）`) : ''))],
      ]);
    });
}
