// Many nodes for one cluster on the fake hypervisor, several per process, enrolled with join tokens through the CC.
import { fork } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cloud } from '../tools/cloud/start.ts';
import type { User } from './cloud.ts';
import type { Connections } from './light-node.ts';
import type { NodeKind, NodesAnswer, NodesOrder } from './nodes-process.ts';
import type { Workshop } from './workshop.ts';

const FILE = path.join(path.dirname(fileURLToPath(import.meta.url)), 'nodes-process.ts');

const TOKENS_AT_ONCE = 8;

/** Resolves when all are registered. @returns their names */
export async function addNodes(shop: Workshop, cloud: Cloud, user: User, options: { count: number; perProcess: number; kind?: NodeKind; connections?: Connections }): Promise<string[]> {
  const names = Array.from({ length: options.count }, (_, i) => `sim-${i + 1}`);
  const nodes: NodesOrder['nodes'] = [];
  const unnamed = [...names];
  await Promise.all(Array.from({ length: TOKENS_AT_ONCE }, async () => {
    for (let name = unnamed.shift(); name; name = unnamed.shift()) nodes.push({ name, joinToken: (await user.post<{ token: string }>('/nodes/tokens', { role: 'nc', name })).token });
  }));
  const groups: NodesOrder['nodes'][] = [];
  for (let at = 0; at < nodes.length; at += options.perProcess) groups.push(nodes.slice(at, at + options.perProcess));
  // Two processes start at a time: two cores, and each of them compiles first.
  await Promise.all([0, 1].map(async (half) => {
    for (const [n, group] of groups.entries()) {
      if (n % 2 !== half) continue;
      await startProcess({ kind: options.kind ?? 'real', connections: options.connections ?? 'own', dir: path.join(shop.dir, 'sim'), ccUrl: cloud.json.daemons.cc.url, busUrl: cloud.json.clusterAmqpUrl ?? '', nodes: group });
      shop.say(`${group.length} more nodes are registered (process ${n + 1} of ${groups.length})`);
    }
  }));
  return names;

  function startProcess(order: NodesOrder): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = fork(FILE, [], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      shop.onEnd(() => new Promise<void>((gone) => {
        if (child.exitCode !== null || child.signalCode !== null) return gone();
        child.once('exit', () => gone());
        child.kill('SIGKILL');
      }));
      child.once('exit', (code, signal) => reject(new Error(`a process of nodes ended: ${signal ?? code}`)));
      child.once('message', (answer: NodesAnswer) => ('ready' in answer ? resolve() : reject(new Error(answer.failed))));
      child.send(order);
    });
  }
}
