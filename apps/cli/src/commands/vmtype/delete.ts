// `edu vmtype delete NAME`
import type { Command } from 'commander';
import { connect, examples, type Cli } from '../../cli.ts';

export function addVmTypeDelete(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('delete').description(t('Delete a VM type (for administrators); what was made with it keeps its sizes.', '删除虚拟机类型（仅限管理员）；已创建的机器保持原有配置。'))
    .argument('<name>', t('name of the VM type', '虚拟机类型的名称'))
    .addHelpText('after', examples(cli, 'edu vmtype delete course'))
    .action(async (name: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      await api.remove(`/vmtypes/${encodeURIComponent(name)}`);
      out.one({ name, deleted: true }, [[t('deleted', '已删除'), name]]);
    });
}
