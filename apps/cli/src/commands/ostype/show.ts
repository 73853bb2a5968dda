// `edu ostype show NAME`
import type { Command } from 'commander';
import type { OsTypeView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { showOsType } from './columns.ts';

export function addOsTypeShow(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('show').description(t('Show one OS type.', '显示一个系统类型。'))
    .argument('<name>', t('name of the OS type', '系统类型的名称'))
    .addHelpText('after', examples(cli, 'edu ostype show windows'))
    .action(async (name: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      showOsType(await api.get<OsTypeView>(`/ostypes/${encodeURIComponent(name)}`), out, t);
    });
}
