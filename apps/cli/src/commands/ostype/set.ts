// `edu ostype set NAME …`
import type { Command } from 'commander';
import type { OsTypeView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { EXIT } from '../../exit-codes.ts';
import { CliFailure } from '../../failure.ts';
import { showOsType } from './columns.ts';
import { hardwareBody, withHardware, type HardwareOptions } from './hardware.ts';

export function addOsTypeSet(parent: Command, cli: Cli): void {
  const { t } = cli;
  const command = parent.command('set').description(t('Change an OS type (for administrators); machines have it from their next start.', '更改系统类型（仅限管理员）；机器下次启动时生效。'))
    .argument('<name>', t('name of the OS type', '系统类型的名称'))
    .addHelpText('after', examples(cli, 'edu ostype set windows --audio hda', 'edu ostype set linux --vm-type medium'));
  withHardware(command, t).action(async (name: string, options: HardwareOptions, c: Command) => {
    const body = hardwareBody(options);
    if (Object.keys(body).length === 0) throw new CliFailure(EXIT.usage, t, { code: 'USAGE', what: t('say what to change', '请给出要更改的内容'), action: 'edu ostype set --help' });
    const { api, out } = connect(cli, c);
    showOsType(await api.patch<OsTypeView>(`/ostypes/${encodeURIComponent(name)}`, body), out, t);
  });
}
