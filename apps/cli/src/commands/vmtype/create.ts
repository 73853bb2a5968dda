// `edu vmtype create NAME --memory M --cpus N`
import type { Command } from 'commander';
import type { VmTypeView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { showVmType } from './columns.ts';
import { sizesBody, withSizes, type SizeOptions } from './sizes.ts';

export function addVmTypeCreate(parent: Command, cli: Cli): void {
  const { t } = cli;
  const command = parent.command('create').description(t('Make a VM type (for administrators).', '创建虚拟机类型（仅限管理员）。'))
    .argument('<name>', t('name of the VM type', '虚拟机类型的名称'))
    .addHelpText('after', examples(cli, 'edu vmtype create course --memory 2G --cpus 2 --disk 30', 'edu vmtype create render --memory 16G --cpus 8'));
  withSizes(command, t);
  for (const option of command.options) if (option.long === '--memory' || option.long === '--cpus') option.makeOptionMandatory();
  command.action(async (name: string, options: SizeOptions, c: Command) => {
    const { api, out } = connect(cli, c);
    showVmType(await api.post<VmTypeView>('/vmtypes', { name, ...sizesBody(options) }), out, t);
  });
}
