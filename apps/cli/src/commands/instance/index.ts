// `edu instance …`
import type { Command } from 'commander';
import type { Cli } from '../../cli.ts';
import { addInstanceActions } from './actions.ts';
import { addInstanceConsole } from './console.ts';
import { addInstanceDefine } from './define.ts';
import { addInstanceLog } from './log.ts';
import { addInstanceSerial } from './serial.ts';
import { addInstanceList } from './list.ts';
import { addInstanceSet } from './set.ts';
import { addInstanceShow } from './show.ts';

export function addInstanceCommands(program: Command, cli: Cli): void {
  const instance = program.command('instance').description(cli.t('Instances: virtual servers and desktops.', '实例：虚拟服务器与桌面。'));
  addInstanceDefine(instance, cli);
  addInstanceList(instance, cli);
  addInstanceShow(instance, cli);
  addInstanceSet(instance, cli);
  addInstanceActions(instance, cli);
  addInstanceConsole(instance, cli);
  addInstanceSerial(instance, cli);
  addInstanceLog(instance, cli);
}
