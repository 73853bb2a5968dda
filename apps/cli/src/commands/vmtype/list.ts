// `edu vmtype list`
import type { Command } from 'commander';
import { shippedText, type VmTypeView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { diskWords } from './columns.ts';

export function addVmTypeList(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('list').description(t('List VM types, smallest first.', '列出虚拟机类型，由小到大。'))
    .addHelpText('after', examples(cli, 'edu vmtype list', 'edu vmtype list -o json'))
    .action(async (_options, command: Command) => {
      const { api, out } = connect(cli, command);
      out.list(await api.list<VmTypeView>('/vmtypes'), [
        [t('NAME', '名称'), (v) => v.name], [t('MEMORY', '内存'), (v) => `${v.memoryMiB} MiB`], [t('CPUS', '处理器'), (v) => v.cpus], [t('DISK', '磁盘'), (v) => diskWords(t, v.diskGiB)],
        [t('DESCRIPTION', '说明'), (v) => shippedText(v.description, t.language)],
      ]);
    });
}
