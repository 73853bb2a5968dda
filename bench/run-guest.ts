// Bench `run`: from POST …/run until the domain runs, against a bare define + start of the same XML. The same observer sees both: libvirt's own
// `started` event, in a connection of the bench. Distributed, private real servers, a guest image that really boots.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { openLibvirt } from '@educloud/libvirt';
import { silentLog } from '@educloud/log';
import { ROOT } from '../tools/build.ts';
import { openCloud, userOf } from './cloud.ts';
import { median, percentile, round, spread, type Figure } from './figure.ts';
import { bareTwin, seenEvent } from './started.ts';
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

    const seen = seenEvent(libvirt, task.insId, 'started');
    const begun = performance.now();
    await user.step(task, 'run');
    const answered = performance.now() - begun;
    const product = (await seen) - begun;
    const told = (await watch.reaches(task.tid, 'editing/running')).at - begun;
    const xml = await libvirt.dumpXml(task.insId, INACTIVE_AND_SECURE);
    await user.step(task, 'cancel');
    await watch.reaches(task.tid, 'editing/cancelled');

    const twin = await bareTwin(libvirt, { xml, insId: task.insId, base, format: 'qcow2' }, { overlayFirst: true });
    await twin.end();
    const bare = twin.ms;
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
