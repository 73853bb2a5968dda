// `edu image delete`
import type { Command } from 'commander';
import { connect, examples, type Cli } from '../../cli.ts';

export function addImageDelete(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('delete').description(t('Delete an image with all its versions; refused while something uses it.', '删除镜像及其所有版本；被使用时会拒绝。'))
    .argument('<image>', t('id or unique name', 'id 或唯一的名称'))
    .addHelpText('after', examples(cli, 'edu image delete img-1a2b3c4d'))
    .action(async (idOrName: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      const image = await api.image(idOrName);
      await api.remove(`/images/${image.id}`);
      out.one({ id: image.id, name: image.name, deleted: true }, [[t('deleted', '已删除'), `${image.id} ${image.name}`]]);
    });
}
