// `edu vmtype show NAME`
import type { Command } from 'commander';
import type { VmTypeView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { showVmType } from './columns.ts';

export function addVmTypeShow(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('show').description(t('Show one VM type.', '显示一个虚拟机类型。'))
    .argument('<name>', t('name of the VM type', '虚拟机类型的名称'))
    .addHelpText('after', examples(cli, 'edu vmtype show small'))
    .action(async (name: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      showVmType(await api.get<VmTypeView>(`/vmtypes/${encodeURIComponent(name)}`), out, t);
    });
}
