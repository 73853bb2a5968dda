// `edu orphan …`: what daemons hold and nothing needs.
import type { Command } from 'commander';
import type { Cli } from '../../cli.ts';
import { addOrphanList } from './list.ts';
import { addOrphanRemove } from './remove.ts';

export function addOrphanCommands(program: Command, cli: Cli): void {
  const orphan = program.command('orphan').description(cli.t('What daemons hold and nothing needs.', '服务持有但无人需要的资源。'));
  addOrphanList(orphan, cli);
  addOrphanRemove(orphan, cli);
}
