// Bench `links`: prepare of a 1 GiB random image from Walrus over the CC to the NC, each hop over its own 1 Gb/s link, against one curl over one such
// link. Real processes in namespaces of their own; the steps go through the public API. Cold: nobody has the image. Warm: the CC has it.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { availableHypervisor } from '../tools/cloud/hypervisor.ts';
import { layoutOf, settingsOf } from '../tools/cloud/layout.ts';
import type { Cloud } from '../tools/cloud/start.ts';
import { startServers, stopServers } from '../tools/servers/index.ts';
import { openCloud, userOf, warm, type User } from './cloud.ts';
import { median, round, spread, type Figure } from './figure.ts';
import { openDoor } from './forward.ts';
import { inside, layCables } from './namespaces.ts';
import { byName, usesOf } from './pss.ts';
import type { Workshop } from './workshop.ts';

const MIB = 1024;
const ROUNDS = 3;

export async function linksBench(shop: Workshop): Promise<Figure[]> {
  if (process.getuid?.() !== 0) throw new Error('network namespaces need root');
  const dir = path.join(shop.dir, 'cloud');
  const hypervisor = availableHypervisor().kind;
  const row = await layCables(shop);

  // The servers listen on 127.0.0.1; the namespaces reach them through doors on the bridge.
  const layout = layoutOf(dir);
  shop.onEnd(() => stopServers({ dir: layout.servers, guests: true }));
  const servers = await startServers({ dir: layout.servers, libvirt: hypervisor === 'libvirt' });
  await openDoor(shop, { host: row.host, port: servers.rabbitmq.port }, { host: '127.0.0.1', port: servers.rabbitmq.port });
  const onBridge = (url: string): string => url.replace('127.0.0.1', row.host);
  const { ports } = await settingsOf(layout);
  for (const name of ['walrus', 'cc', 'nc'] as const) await openDoor(shop, { host: '127.0.0.1', port: ports[name] }, { host: row[name].address, port: ports[name] });

  const clcUrl = `http://${row.host}:${ports.clc}`;
  const everywhere = { listen: { host: '0.0.0.0' } };
  const cloud = await openCloud(shop, 'cloud', {
    mode: 'distributed', hypervisor,
    servers: { amqpUrl: onBridge(servers.amqpUrl), clusterAmqpUrl: onBridge(servers.clusterAmqpUrl), dbUrl: servers.dbUrl, redisUrl: servers.redisUrl, libvirtUri: servers.libvirtUri },
    enter: { walrus: inside(row.walrus), cc: inside(row.cc), nc: inside(row.nc) },
    overrides: {
      clc: everywhere,
      walrus: { ...everywhere, clcUrl, publicUrl: `http://${row.walrusOnLink}:${ports.walrus}` },
      cc: { ...everywhere, clcUrl, publicUrl: `http://${row.ccOnLink}:${ports.cc}` },
      nc: { ...everywhere, ccUrl: `http://${row.ccOnLink}:${ports.cc}`, publicUrl: `http://${row.nc.address}:${ports.nc}` },
    },
  });

  const file = path.join(shop.dir, 'random.raw');
  const fd = openSync(file, 'w');
  for (let n = 0; n < MIB; n += 1) writeSync(fd, randomBytes(1024 * 1024));
  closeSync(fd);
  const user = await userOf(cloud);
  const src = await user.upload(file, 'random', 'raw');
  await rm(file);
  await warm(path.join(layout.data('walrus'), 'images', `${src}.v1.raw`));
  shop.say('the image is in Walrus');

  const curls: number[] = [];
  const cold: Prepared[] = [];
  const warmOnes: Prepared[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    curls.push(await curl(user, src, inside(row.cc), path.join(shop.dir, 'curl.raw')));
    await forget(cloud, ['cc', 'nc']);
    cold.push(await prepare(user, src, dir));
    await forget(cloud, ['nc']);
    warmOnes.push(await prepare(user, src, dir));
    shop.say(`curl ${round(curls.at(-1) ?? 0)} s, cold ${round(cold.at(-1)?.seconds ?? 0)} s, warm ${round(warmOnes.at(-1)?.seconds ?? 0)} s`);
  }
  const base = `curl over one link ${spread(curls, 's')} = ${round((MIB * 1.0) / median(curls), 0)} MiB/s`;
  const figure = (name: string, limit: number, all: Prepared[]): Figure => ({
    name: `prepare ${name} ÷ curl`, value: round(median(all.map((p) => p.seconds)) / median(curls), 3), unit: '×', limit, samples: all.map((p, i) => p.seconds / (curls[i] as number)), baseline: base,
    note: `${spread(all.map((p) => p.seconds), 's')} from POST to the event \`prepared\`; jobs ${all.at(-1)?.jobs}; CPU ${all.at(-1)?.cpu}`,
  });
  return [figure('cold', 1.25, cold), figure('warm', 1.1, warmOnes)];
}

interface Prepared { seconds: number; jobs: string; cpu: string }

async function prepare(user: User, src: string, dir: string): Promise<Prepared> {
  const watch = await user.watch();
  try {
    const task = await user.begin(src);
    const before = byName(await usesOf(dir));
    const begun = performance.now();
    await user.step(task, 'prepare');
    const { at } = await watch.reaches(task.tid, 'preparing/prepared');
    const after = byName(await usesOf(dir));
    const jobs = (await user.task(task.tid)).plans.flatMap((p) => p.jobs).map((j) => `${j.name} ${(j.endedAt ?? 0) - (j.startedAt ?? 0)} ms`).join(', ');
    const cpu = (['walrus', 'cc', 'nc'] as const).map((name) => `${name} ${round((after.get(name)?.cpuSeconds ?? 0) - (before.get(name)?.cpuSeconds ?? 0), 1)} s`).join(', ');
    await user.step(task, 'cancel');
    await watch.reaches(task.tid, 'preparing/cancelled');
    return { seconds: (at - begun) / 1000, jobs, cpu };
  } finally {
    watch.close();
  }
}

/** The daemons stop, lose their image caches and come back. */
async function forget(cloud: Cloud, names: Array<'cc' | 'nc'>): Promise<void> {
  for (const name of names) {
    await cloud.kill(name, 'SIGTERM');
    await rm(path.join(cloud.layout.data(name), 'images'), { recursive: true, force: true });
  }
  for (const name of names) await cloud.start(name);
  for (const name of names) await cloud.ready(name);
}

/** The ticket goes in by standard input: it has no business on a command line. */
async function curl(user: User, src: string, enter: string[], to: string): Promise<number> {
  const grant = await user.downloadGrant(src);
  const begun = performance.now();
  execFileSync(enter[0] as string, [...enter.slice(1), 'curl', '-sSf', '-H', '@-', '-o', to, grant.url], { input: `Authorization: Bearer ${grant.ticket}\n`, timeout: 300_000 });
  const seconds = (performance.now() - begun) / 1000;
  await rm(to);
  return seconds;
}
