// What happens to TCP connections on the way: late, thin, reset, cut in the middle, half-open, a turned bit in an image.
import { between } from '../between.ts';
import type { Trouble } from '../../support/proxy.ts';
import type { Seeded } from '../seeded.ts';
import type { Rig } from '../rig/interface.ts';
import type { Proxy } from '../../support/proxy.ts';
import type { Fault, Shape } from './interface.ts';
import { controllers, daemons, nodes } from './targets.ts';

/** As start-rig.ts names them. */
const ways = (shape: Shape): string[] => [
  'users', ...controllers(shape).flatMap((name) => [`${name}:amqp`, `${name}:db`, `${name}:redis`]), 'walrus:amqp', 'walrus:clc', 'walrus:images', 'sc:amqp', 'sc:clc', 'cc:amqp', 'cc:cluster', 'cc:clc', 'cc:images',
  ...nodes(shape).flatMap((name) => [`${name}:cluster`, `${name}:cc`]),
];
const imageWays = (): string[] => ['walrus:images', 'cc:images'];

function proxyOf(rig: Rig, name: string): Proxy {
  const proxy = rig.proxies.get(name);
  if (!proxy) throw new Error(`there is no proxy ${name}`);
  return proxy;
}

function troubled(name: string, lastsSeconds: Fault['lastsSeconds'], trouble: (random: Seeded) => Trouble, targets = ways): Fault {
  return {
    name,
    targets,
    touches: (way) => [`connections ${way}`],
    lastsSeconds,
    async inject(rig, target, random) {
      const proxy = proxyOf(rig, target);
      const what = trouble(random);
      proxy.trouble(what);
      return { detail: what, heal: async () => proxy.trouble(null) };
    },
  };
}

export const delay = troubled('delay', { from: 3, to: 20 }, (random) => ({ delayMs: between(random, 20, 1500) }));
export const thin = troubled('thin', { from: 3, to: 20 }, (random) => ({ bytesPerSecond: between(random, 2_000, 400_000) }));
export const reset = troubled('reset', { from: 0, to: 15 }, () => ({ reset: true }));
export const halfOpen = troubled('half-open', { from: 2, to: 40 }, () => ({ swallow: true }));
export const flip = troubled('flip', { from: 5, to: 30 }, (random) => ({ flipEveryBytes: between(random, 64 * 1024, 1024 * 1024) }), imageWays);

export const cut: Fault = {
  name: 'cut',
  targets: ways,
  touches: (way) => [`connections ${way}`],
  lastsSeconds: { from: 3, to: 20 },
  async inject(rig, target, random) {
    const proxy = proxyOf(rig, target);
    const [afterBytes, times] = [between(random, 1, imageWays().includes(target) ? 1024 * 1024 : 4096), between(random, 1, 6)];
    proxy.cut(afterBytes, times);
    proxy.resetAll();
    return { detail: { afterBytes, times }, heal: async () => proxy.cut(0, 0) };
  },
};

/** Everything a daemon has open at once, as when its host loses its addresses for a moment. */
export const resetAll: Fault = {
  name: 'reset-all',
  targets: daemons,
  touches: () => [],
  lastsSeconds: { from: 0, to: 1 },
  async inject(rig, target) {
    let count = 0;
    for (const [name, proxy] of rig.proxies) if (name.startsWith(`${target}:`)) count += proxy.resetAll();
    return { detail: { count }, heal: async () => undefined };
  },
};
