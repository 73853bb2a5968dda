// `edu task …`
import type { Command } from 'commander';
import type { Cli } from '../../cli.ts';
import { addTaskConsole } from './console.ts';
import { addTaskList } from './list.ts';
import { addTaskShow } from './show.ts';
import { addTaskSteps } from './steps.ts';
import { addTaskWatch } from './watch.ts';

export function addTaskCommands(program: Command, cli: Cli): void {
  const task = program.command('task').description(cli.t('Image builds: their steps and their progress.', '镜像制作任务：步骤与进度。'));
  addTaskSteps(task, cli);
  addTaskList(task, cli);
  addTaskShow(task, cli);
  addTaskWatch(task, cli);
  addTaskConsole(task, cli);
}
