// `edu ostype …`
import type { Command } from 'commander';
import type { Cli } from '../../cli.ts';
import { addOsTypeCreate } from './create.ts';
import { addOsTypeDelete } from './delete.ts';
import { addOsTypeList } from './list.ts';
import { addOsTypeSet } from './set.ts';
import { addOsTypeShow } from './show.ts';

export function addOsTypeCommands(program: Command, cli: Cli): void {
  const ostype = program.command('ostype').description(cli.t('OS types: the virtual hardware of a kind of guest system.', '系统类型：某类系统所用的虚拟硬件。'));
  addOsTypeList(ostype, cli);
  addOsTypeShow(ostype, cli);
  addOsTypeCreate(ostype, cli);
  addOsTypeSet(ostype, cli);
  addOsTypeDelete(ostype, cli);
}
