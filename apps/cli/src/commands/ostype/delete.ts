// `edu ostype delete NAME`
import type { Command } from 'commander';
import { connect, examples, type Cli } from '../../cli.ts';

export function addOsTypeDelete(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('delete').description(t('Delete an OS type that no image has (for administrators).', '删除没有镜像使用的系统类型（仅限管理员）。'))
    .argument('<name>', t('name of the OS type', '系统类型的名称'))
    .addHelpText('after', examples(cli, 'edu ostype delete bsd'))
    .action(async (name: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      await api.remove(`/ostypes/${encodeURIComponent(name)}`);
      out.one({ name, deleted: true }, [[t('deleted', '已删除'), name]]);
    });
}
