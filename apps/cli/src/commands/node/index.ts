// `edu node …`
import type { Command } from 'commander';
import type { Cli } from '../../cli.ts';
import { addNodeFence } from './fence.ts';
import { addNodeList } from './list.ts';
import { addNodePower } from './power.ts';
import { addNodeSet } from './set.ts';
import { addNodeShow } from './show.ts';
import { addNodeTokenCreate } from './token-create.ts';

export function addNodeCommands(program: Command, cli: Cli): void {
  const node = program.command('node').description(cli.t('Daemons and nodes of the cloud.', '云平台的服务与节点。'));
  addNodeList(node, cli);
  addNodeShow(node, cli);
  addNodeSet(node, cli);
  addNodePower(node, cli);
  addNodeFence(node, cli);
  addNodeTokenCreate(node.command('token').description(cli.t('Join tokens for new daemons.', '新服务的加入令牌。')), cli);
}
