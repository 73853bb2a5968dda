// `edu image show`
import type { Command } from 'commander';
import { connect, examples, type Cli } from '../../cli.ts';
import { nameOf } from '../../language.ts';
import { humanBytes, humanTime } from '../../output.ts';

export function addImageShow(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('show').description(t('Show one image.', '显示一个镜像。'))
    .argument('<image>', t('id or unique name', 'id 或唯一的名称'))
    .addHelpText('after', examples(cli, 'edu image show img-1a2b3c4d', 'edu image show "Debian 12"'))
    .action(async (idOrName: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      const i = await api.image(idOrName);
      out.one(i, [
        ['id', i.id], [t('name', '名称'), i.name], [t('description', '说明'), i.description], [t('OS', '系统'), nameOf(t, 'ostype', i.ostype)], [t('usage', '用途'), nameOf(t, 'usage', i.usage)],
        [t('version', '版本'), i.latest?.version], [t('format', '格式'), i.latest?.format], [t('size', '大小'), humanBytes(i.latest?.sizeBytes)],
        [t('virtual size', '虚拟大小'), humanBytes(i.latest?.virtualSizeBytes)], ['sha256', i.latest?.sha256],
        [t('held by', '占用任务'), i.heldBy], [t('created', '创建'), `${humanTime(i.createdAt)} ${i.createdBy}`],
      ]);
    });
}
