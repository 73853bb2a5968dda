// `edu class …`: a whole classroom at once.
import type { Command } from 'commander';
import { examples, type Cli } from '../../cli.ts';
import { addClassEnd } from './end.ts';
import { addClassStart } from './start.ts';

export function addClassCommands(program: Command, cli: Cli): void {
  const group = program.command('class').description(cli.t('A class: so many machines alike, started, stopped and deleted together.', '班级：一批相同的机器，一起启动、关机和删除。'))
    .addHelpText('after', examples(cli, "edu class start ubuntu --count 40 --name 'pc-{n}'", 'edu batch list', 'edu class stop bat-1a2b3c4d'));
  addClassStart(group, cli);
  addClassEnd(group, cli);
}
