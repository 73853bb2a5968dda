// Started by nodes.ts: many node controllers in one process. `real`: the whole product, each with its own bus connections, journal, HTTP
// door and fake hypervisor. `light`: what the rest of the cloud sees of a node, see light-node.ts; thousands fit on one machine.
import path from 'node:path';
import { startNc, NcConfig } from '../apps/nc/src/main.ts';
import type { Daemon } from '@educloud/rest';
import { createLightNodes, type Connections } from './light-node.ts';

export type NodeKind = 'real' | 'light';
export interface NodesOrder { kind: NodeKind; connections: Connections; dir: string; ccUrl: string; busUrl: string; nodes: Array<{ name: string; joinToken: string }> }
export type NodesAnswer = { ready: number } | { failed: string };

const AT_ONCE = 8;
const running: Array<Pick<Daemon, 'ready'>> = [];
const tell = (answer: NodesAnswer): void => void process.send?.(answer);

process.on('message', (order: NodesOrder) => {
  void (async () => {
    // A few at once: each hello asks the CLC for an epoch and the broker for a queue.
    const waiting = [...order.nodes];
    const light = order.kind === 'light' ? await createLightNodes({ busUrl: order.busUrl, ccUrl: order.ccUrl, dir: order.dir, connections: order.connections }) : null;
    const start = (next: { name: string; joinToken: string }): Promise<Pick<Daemon, 'ready'>> =>
      light ? light.add(next) : startNc(NcConfig.parse({
        name: next.name, dataDir: path.join(order.dir, next.name), listen: { host: '127.0.0.1', port: 0 }, ccUrl: order.ccUrl, busUrl: order.busUrl, joinToken: next.joinToken,
        hypervisor: { kind: 'fake' }, reserveBytes: 0, logLevel: 'error',
      }));
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          const daemon = await start(next);
          running.push(daemon);
          await daemon.ready();
        }
      }),
    );
    tell({ ready: running.length });
  })().catch((e: unknown) => tell({ failed: e instanceof Error ? (e.stack ?? e.message) : String(e) }));
});
// Nobody is left to measure for: no farewells.
process.on('disconnect', () => process.exit(0));
