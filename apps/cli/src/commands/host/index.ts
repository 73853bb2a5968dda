// `edu host …`
import type { Command } from 'commander';
import type { Cli } from '../../cli.ts';
import { addHostDuty } from './duty.ts';
import { addHostFence } from './fence.ts';
import { addHostList } from './list.ts';
import { addHostPower } from './power.ts';
import { addHostPull } from './pull.ts';
import { addHostRemove } from './remove.ts';
import { addHostSet } from './set.ts';
import { addHostShow } from './show.ts';
import { addHostTokenCreate } from './token-create.ts';

export function addHostCommands(program: Command, cli: Cli): void {
  const host = program.command('host').description(cli.t('Hosts and servers of the cloud: nodes and the other daemons.', '云平台的主机与服务器：节点及其他服务。'));
  addHostList(host, cli);
  addHostShow(host, cli);
  addHostSet(host, cli);
  addHostDuty(host, cli);
  addHostPower(host, cli);
  addHostPull(host, cli);
  addHostFence(host, cli);
  addHostRemove(host, cli);
  addHostTokenCreate(host.command('token').description(cli.t('Join tokens for new daemons.', '新服务的加入令牌。')), cli);
}
