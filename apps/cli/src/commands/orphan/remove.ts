// `edu orphan remove`: the administrator's word, also for what would be kept.
import type { Command } from 'commander';
import type { OrphanView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { told } from '../../language.ts';

export function addOrphanRemove(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('remove').description(t('Remove one orphan now, also one that is kept. What is in it is lost.', '立即清除一个孤立资源，包括被保留的。其中的内容将丢失。'))
    .argument('<daemon>', t('id or name of the daemon that holds it', '持有它的服务的 id 或名称')).argument('<kind>', t('kind, from the list', '列表中的类型')).argument('<name>', t('name, from the list', '列表中的名称'))
    .addHelpText('after', examples(cli, 'edu orphan remove nc-1 instance ins-1a2b3c4d'))
    .action(async (daemon: string, kind: string, name: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      const found = (await api.list<OrphanView>('/orphans')).find((o) => (o.daemonId === daemon || o.daemonName === daemon) && o.kind === kind && o.name === name);
      const removed = await api.post<OrphanView>('/orphans/remove', { daemonId: found?.daemonId ?? daemon, kind, name });
      if (out.form === 'table') out.note(t(`being removed: ${removed.what} of ${removed.name} at ${removed.daemonName}`, `正在清除：${removed.daemonName} 上 ${removed.name} 的${told(t, removed.said?.what, removed.what)}`));
    });
}
