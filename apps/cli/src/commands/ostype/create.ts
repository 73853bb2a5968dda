// `edu ostype create NAME …`
import type { Command } from 'commander';
import type { OsTypeView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { showOsType } from './columns.ts';
import { hardwareBody, withHardware, type HardwareOptions } from './hardware.ts';

const NEEDED = ['--title', '--disk-bus', '--nic', '--video', '--vm-type'];

export function addOsTypeCreate(parent: Command, cli: Cli): void {
  const { t } = cli;
  const command = parent.command('create').description(t('Make an OS type (for administrators).', '创建系统类型（仅限管理员）。'))
    .argument('<name>', t('name of the OS type', '系统类型的名称'))
    .addHelpText('after', examples(cli, 'edu ostype create bsd --title BSD --disk-bus virtio --nic virtio --video vga --vm-type small', 'edu ostype create win7 --title "Windows 7" --disk-bus sata --nic e1000 --video vga --audio hda --clock local --vm-type large'));
  withHardware(command, t);
  for (const option of command.options) if (NEEDED.includes(option.long ?? '')) option.makeOptionMandatory();
  command.action(async (name: string, options: HardwareOptions, c: Command) => {
    const { api, out } = connect(cli, c);
    showOsType(await api.post<OsTypeView>('/ostypes', { name, ...hardwareBody(options) }), out, t);
  });
}
