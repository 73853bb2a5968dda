// `edu network …`
import type { Command } from 'commander';
import type { Cli } from '../../cli.ts';
import { addNetworkAddresses } from './addresses.ts';
import { addNetworkList } from './list.ts';
import { addNetworkSet } from './set.ts';
import { addNetworkShow } from './show.ts';

export function addNetworkCommands(program: Command, cli: Cli): void {
  const network = program.command('network').description(cli.t('Networks of clusters: how guests are reached, and the pools of addresses and ports (for administrators).', '集群网络：虚拟机的访问方式以及地址和端口池（仅限管理员）。'));
  addNetworkList(network, cli);
  addNetworkShow(network, cli);
  addNetworkSet(network, cli);
  addNetworkAddresses(network, cli);
}
