// Bench `start`: everything from stopped to all daemons ready and registered, data directories being there. Servers included.
import path from 'node:path';
import { ensureBuilt } from '../tools/build.ts';
import { availableHypervisor } from '../tools/cloud/hypervisor.ts';
import { layoutOf } from '../tools/cloud/layout.ts';
import { startCloud } from '../tools/cloud/start.ts';
import { startServers } from '../tools/servers/index.ts';
import { openCloud, userOf } from './cloud.ts';
import { median, spread, type Figure } from './figure.ts';
import type { Workshop } from './workshop.ts';

const ROUNDS = 5;

export async function startBench(shop: Workshop): Promise<Figure[]> {
  const hypervisor = availableHypervisor().kind;
  const figures: Figure[] = [];
  for (const mode of ['distributed', 'all-in-one'] as const) {
    const dir = path.join(shop.dir, mode);
    await (await openCloud(shop, mode, { mode, hypervisor })).stop();
    const whole: number[] = [];
    const servers: number[] = [];
    for (let n = 0; n < ROUNDS; n += 1) {
      await ensureBuilt(); // not part of it
      const begun = performance.now();
      const cloud = await startCloud({ dir, mode, hypervisor });
      whole.push((performance.now() - begun) / 1000);
      const silent = (await (await userOf(cloud)).nodes()).filter((node) => node.state !== 'up');
      if (silent.length > 0) throw new Error(`ready, but not all registered: ${silent.map((s) => s.name).join(', ')}`);
      await cloud.stop();
      if (mode === 'distributed') {
        const alone = performance.now();
        const started = await startServers({ dir: layoutOf(dir).servers, libvirt: hypervisor === 'libvirt' });
        servers.push((performance.now() - alone) / 1000);
        await started.stop({ guests: true });
      }
      shop.say(`${mode} ${n + 1}/${ROUNDS}: ${whole.at(-1)?.toFixed(2)} s${servers.length > 0 ? `, its servers alone ${servers.at(-1)?.toFixed(2)} s` : ''}`);
    }
    figures.push({
      name: `cold start ${mode}`, value: median(whole), unit: 's', limit: mode === 'distributed' ? 8 : 2, samples: whole,
      ...(servers.length > 0 ? { baseline: `its servers alone ${spread(servers, 's')}` } : {}),
      note: mode === 'distributed' ? 'RabbitMQ, MariaDB, Redis, libvirtd and five processes' : 'libvirtd and one process',
    });
  }
  return figures;
}
