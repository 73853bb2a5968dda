// `edu lvd …`
import type { Command } from 'commander';
import type { Cli } from '../../cli.ts';
import { addLvdActions } from './actions.ts';
import { addLvdConsole } from './console.ts';
import { addLvdList, addLvdStatus } from './list.ts';
import { addLvdUsage } from './usage.ts';

export function addLvdCommands(program: Command, cli: Cli): void {
  const lvd = program.command('lvd').description(cli.t('Local desktops of the PC this runs on; define them with edu instance define --kind lvd.', '本机的本地桌面；用 edu instance define --kind lvd 定义。'));
  addLvdList(lvd, cli);
  addLvdStatus(lvd, cli);
  addLvdActions(lvd, cli);
  addLvdConsole(lvd, cli);
  addLvdUsage(lvd, cli);
}
