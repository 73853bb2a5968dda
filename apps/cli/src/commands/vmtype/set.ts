// `edu vmtype set NAME …`
import type { Command } from 'commander';
import type { VmTypeView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { EXIT } from '../../exit-codes.ts';
import { CliFailure } from '../../failure.ts';
import { showVmType } from './columns.ts';
import { sizesBody, withSizes, type SizeOptions } from './sizes.ts';

export function addVmTypeSet(parent: Command, cli: Cli): void {
  const { t } = cli;
  const command = parent.command('set').description(t('Change a VM type (for administrators); what was made with it keeps its sizes.', '更改虚拟机类型（仅限管理员）；已创建的机器保持原有配置。'))
    .argument('<name>', t('name of the VM type', '虚拟机类型的名称'))
    .addHelpText('after', examples(cli, 'edu vmtype set small --memory 1G', 'edu vmtype set large --cpus 4 --disk 80'));
  withSizes(command, t).action(async (name: string, options: SizeOptions, c: Command) => {
    const body = sizesBody(options);
    if (Object.keys(body).length === 0) throw new CliFailure(EXIT.usage, t, { code: 'USAGE', what: t('say what to change', '请给出要更改的内容'), action: 'edu vmtype set --help' });
    const { api, out } = connect(cli, c);
    showVmType(await api.patch<VmTypeView>(`/vmtypes/${encodeURIComponent(name)}`, body), out, t);
  });
}
