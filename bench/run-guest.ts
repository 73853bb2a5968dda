// Bench `run`: from POST …/run until the domain runs, against a bare define + start of the same XML. The same observer sees both: libvirt's own
// `started` event, in a connection of the bench. Distributed, private real servers, a guest image that really boots.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { openLibvirt, type Libvirt } from '@educloud/libvirt';
import { silentLog } from '@educloud/log';
import { ROOT } from '../tools/build.ts';
import { openCloud, userOf } from './cloud.ts';
import { median, percentile, round, spread, type Figure } from './figure.ts';
import type { Workshop } from './workshop.ts';

const ROUNDS = 10;
const INACTIVE_AND_SECURE = 2 | 1;
const run = promisify(execFile);

interface Round { product: number; answered: number; told: number; bare: number; ratio: number }

export async function runBench(shop: Workshop): Promise<Figure[]> {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', path.join(ROOT, 'tools/guest-image.ts')], { cwd: ROOT, timeout: 600_000 });
  const image = stdout.trim().split('\n').at(-1) ?? '';
  const cloud = await openCloud(shop, 'cloud', { mode: 'distributed', hypervisor: 'libvirt' });
  const libvirt = await openLibvirt({ uri: cloud.json.libvirtUri ?? '', log: silentLog() });
  shop.onEnd(() => libvirt.close());
  const user = await userOf(cloud);
  const watch = await user.watch();
  shop.onEnd(() => watch.close());
  const src = await user.upload(image, 'guest', 'qcow2');
  const base = path.join(cloud.layout.data('nc'), 'images', `${src}.v1.qcow2`);

  const rounds: Round[] = [];
  for (let n = 0; n <= ROUNDS; n += 1) {
    const task = await user.begin(src);
    await user.step(task, 'prepare');
    await watch.reaches(task.tid, 'preparing/prepared');

    const seen = startedEvent(libvirt, task.insId);
    const begun = performance.now();
    await user.step(task, 'run');
    const answered = performance.now() - begun;
    const product = (await seen) - begun;
    const told = (await watch.reaches(task.tid, 'editing/running')).at - begun;
    const xml = await libvirt.dumpXml(task.insId, INACTIVE_AND_SECURE);
    await user.step(task, 'cancel');
    await watch.reaches(task.tid, 'editing/cancelled');

    const bare = await bareStart(libvirt, xml, task.insId, base);
    shop.say(`${n}: domain runs after ${round(product, 0)} ms (answered ${round(answered, 0)}, told ${round(told, 0)}); bare ${round(bare, 0)} ms`);
    if (n > 0) rounds.push({ product, answered, told, bare, ratio: product / bare }); // the first one warms up both
  }
  const all = (key: keyof Round): number[] => rounds.map((r) => r[key]);
  const bare = `bare define + start ${spread(all('bare'), 'ms', 0)}`;
  return [
    { name: 'run: domain runs ÷ bare', value: median(all('product')) / median(all('bare')), unit: '×', limit: 1.2, samples: all('ratio'), baseline: bare, note: 'median ÷ median, both seen by libvirt’s `started` event; spread is that of neighbouring pairs' },
    { name: 'run: domain runs', value: median(all('product')), unit: 'ms', limit: null, samples: all('product'), baseline: bare, note: `POST answered after ${spread(all('answered'), 'ms', 0)}` },
    { name: 'run: told on the event stream', value: median(all('told')), unit: 'ms', limit: null, samples: all('told'), note: `state running seen by a client; p90 ${round(percentile(all('told'), 0.9), 0)} ms` },
  ];
}

function startedEvent(libvirt: Libvirt, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { off(); reject(new Error(`${name} did not start within 120 s`)); }, 120_000);
    const off = libvirt.onEvent((e) => {
      if (e.name !== name || e.event !== 'started') return;
      const at = performance.now();
      off();
      clearTimeout(timer);
      resolve(at);
    });
  });
}

/** The same domain under another name, on an overlay of its own. */
async function bareStart(libvirt: Libvirt, xml: string, insId: string, base: string): Promise<number> {
  const name = `bare-${randomUUID().slice(0, 8)}`;
  const dir = path.join(path.dirname(path.dirname(base)), 'instances', name);
  await mkdir(dir);
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', base, '--', path.join(dir, 'disk.qcow2')]);
  try {
    const own = xml.replaceAll(insId, name).replace(/<uuid>[^<]*<\/uuid>/, `<uuid>${randomUUID()}</uuid>`).replace(/<mac address=[^>]*\/>/g, '');
    const seen = startedEvent(libvirt, name);
    const begun = performance.now();
    await libvirt.define(own);
    await libvirt.create(name);
    return (await seen) - begun;
  } finally {
    await libvirt.destroy(name).catch(() => undefined);
    await libvirt.undefine(name).catch(() => undefined);
    await rm(dir, { recursive: true, force: true });
  }
}
