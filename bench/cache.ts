// Bench `cache`: 50 nodes are told to prepare the same new image at the same moment. Walrus is behind a door that counts what it sends.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { layoutOf, settingsOf } from '../tools/cloud/layout.ts';
import { freePort } from '../tools/servers/index.ts';
import { openCloud, userOf } from './cloud.ts';
import { round, spread, type Figure } from './figure.ts';
import { openDoor } from './forward.ts';
import { addNodes } from './nodes.ts';
import type { Workshop } from './workshop.ts';

const NODES = 50;
const IMAGE_MIB = 64;

export async function cacheBench(shop: Workshop): Promise<Figure[]> {
  const { ports } = await settingsOf(layoutOf(path.join(shop.dir, 'cloud')));
  const doorPort = await freePort();
  const door = await openDoor(shop, { host: '127.0.0.1', port: doorPort }, { host: '127.0.0.1', port: ports.walrus });
  const cloud = await openCloud(shop, 'cloud', { mode: 'distributed', hypervisor: 'fake', overrides: { walrus: { publicUrl: `http://127.0.0.1:${doorPort}` } } });
  const user = await userOf(cloud);
  const names = await addNodes(shop, cloud, user, { count: NODES, perProcess: 25 });
  const file = path.join(shop.dir, 'image.raw');
  await writeFile(file, randomBytes(IMAGE_MIB * 1024 * 1024));
  const src = await user.upload(file, 'shared', 'raw');
  const watch = await user.watch();
  shop.onEnd(() => watch.close());
  const tasks = await Promise.all(names.map((node) => user.begin(src, { node, memoryMiB: 96, cpus: 1 })));

  const asked = await requests(cloud.json.daemons.walrus.url);
  const sent = door.bytesOut();
  const begun = performance.now();
  await Promise.all(tasks.map((task) => user.step(task, 'prepare')));
  const seconds = (await Promise.all(tasks.map((task) => watch.reaches(task.tid, 'preparing/prepared')))).map((w) => (w.at - begun) / 1000);
  const gets = (await requests(cloud.json.daemons.walrus.url)) - asked;
  const share = (door.bytesOut() - sent) / (IMAGE_MIB * 1024 * 1024);
  const placed = new Set((await Promise.all(tasks.map((task) => user.task(task.tid)))).map((t) => t.ncId));
  if (placed.size !== NODES) throw new Error(`the tasks are on ${placed.size} nodes, not on ${NODES}`);
  return [
    { name: `${NODES} nodes, one image: GETs at Walrus`, value: gets, unit: '', limit: 1, baseline: `${NODES} nodes asked the CC`, note: `${round(share, 3)} times the ${IMAGE_MIB} MiB left Walrus; each node has its own checked copy after ${spread(seconds, 's')}` },
    { name: `${NODES} nodes, one image: bytes from Walrus ÷ image`, value: round(share, 3), unit: '×', limit: 1.01 },
  ];
}

/** File requests so far, from Walrus' own figures. */
async function requests(walrusUrl: string): Promise<number> {
  const text = await (await fetch(`${walrusUrl}/metrics`)).text();
  return text.split('\n').filter((l) => l.startsWith('educloud_http_request_duration_seconds_count') && l.includes('/file') && l.includes('method="GET"')).reduce((sum, l) => sum + Number(l.split(' ').at(-1)), 0);
}
