// `edu batch …`
import type { Command } from 'commander';
import type { Cli } from '../../cli.ts';
import { addBatchList } from './list.ts';
import { addBatchShow } from './show.ts';

export function addBatchCommands(program: Command, cli: Cli): void {
  const batch = program.command('batch').description(cli.t('What was asked for many instances at once, and what became of each.', '批量操作及其中每个实例的结果。'));
  addBatchList(batch, cli);
  addBatchShow(batch, cli);
}
