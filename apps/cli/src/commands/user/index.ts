// `edu user …`
import type { Command } from 'commander';
import type { Cli } from '../../cli.ts';
import { addUserCreate } from './create.ts';
import { addUserDelete } from './delete.ts';
import { addUserList } from './list.ts';

export function addUserCommands(program: Command, cli: Cli): void {
  const user = program.command('user').description(cli.t('Accounts (for administrators).', '账号（仅限管理员）。'));
  addUserList(user, cli);
  addUserCreate(user, cli);
  addUserDelete(user, cli);
}
