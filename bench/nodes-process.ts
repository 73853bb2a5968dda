// Started by nodes.ts: many node controllers in one process, each with its own bus connections, journal, HTTP door and fake hypervisor.
import path from 'node:path';
import { startNc, NcConfig } from '../apps/nc/src/main.ts';
import type { Daemon } from '@educloud/rest';

export interface NodesOrder { dir: string; ccUrl: string; busUrl: string; nodes: Array<{ name: string; joinToken: string }> }
export type NodesAnswer = { ready: number } | { failed: string };

const running: Daemon[] = [];
const tell = (answer: NodesAnswer): void => void process.send?.(answer);

process.on('message', (order: NodesOrder) => {
  void (async () => {
    // A few at once: each hello asks the CLC for an epoch and the broker for a queue.
    const waiting = [...order.nodes];
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          const daemon = await startNc(NcConfig.parse({
            name: next.name, dataDir: path.join(order.dir, next.name), listen: { host: '127.0.0.1', port: 0 }, ccUrl: order.ccUrl, busUrl: order.busUrl, joinToken: next.joinToken,
            hypervisor: { kind: 'fake' }, reserveBytes: 0, logLevel: 'error',
          }));
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
