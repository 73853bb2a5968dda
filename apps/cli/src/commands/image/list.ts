// `edu image list`
import type { Command } from 'commander';
import type { ImageView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { nameOf } from '../../language.ts';
import { humanBytes, humanTime } from '../../output.ts';

export function addImageList(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('list').description(t('List images.', '列出镜像。'))
    .addHelpText('after', examples(cli, 'edu image list', 'edu image list --output yaml'))
    .action(async (_options, command: Command) => {
      const { api, out } = connect(cli, command);
      out.list(await api.list<ImageView>('/images'), [['ID', (i) => i.id], [t('NAME', '名称'), (i) => i.name], [t('OS', '系统'), (i) => nameOf(t, 'ostype', i.ostype)], [t('USAGE', '用途'), (i) => nameOf(t, 'usage', i.usage)], [t('VERSION', '版本'), (i) => i.latest?.version], [t('SIZE', '大小'), (i) => humanBytes(i.latest?.sizeBytes)], [t('HELD BY', '占用任务'), (i) => i.heldBy], [t('UPDATED', '更新时间'), (i) => humanTime(i.updatedAt)]]);
    });
}
