// `edu vmtype …`
import type { Command } from 'commander';
import type { Cli } from '../../cli.ts';
import { addVmTypeCreate } from './create.ts';
import { addVmTypeDelete } from './delete.ts';
import { addVmTypeList } from './list.ts';
import { addVmTypeSet } from './set.ts';
import { addVmTypeShow } from './show.ts';

export function addVmTypeCommands(program: Command, cli: Cli): void {
  const vmtype = program.command('vmtype').description(cli.t('VM types: named sizes of machines.', '虚拟机类型：带名称的机器配置。'));
  addVmTypeList(vmtype, cli);
  addVmTypeShow(vmtype, cli);
  addVmTypeCreate(vmtype, cli);
  addVmTypeSet(vmtype, cli);
  addVmTypeDelete(vmtype, cli);
}
