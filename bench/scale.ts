// Many nodes on one CC and one CLC: registered, given instances to run, then watched while people list things; on demand with a broker that
// is away for a while. `npm run scale` (scale-run.ts) chooses the sizes; bench `scale` is its 500 nodes and 5,000 instances.
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openBus, type Bus } from '@educloud/bus';
import { CLC_BEAT_QUEUE, CLC_STATUS_QUEUE, clusterBeatQueue, clusterStatusQueue, commandQueue, DEAD_LETTER_QUEUE, type DaemonView, type TaskView } from '@educloud/contracts';
import { createLog } from '@educloud/log';
import { layoutOf } from '../tools/cloud/layout.ts';
import { until } from '../tools/cloud/until.ts';
import { startServers, stopServers, type Servers } from '../tools/servers/index.ts';
import { openCloud, userOf, type User, type Watch } from './cloud.ts';
import { median, percentile, round, type Figure } from './figure.ts';
import type { Connections } from './light-node.ts';
import { addNodes } from './nodes.ts';
import type { NodeKind } from './nodes-process.ts';
import { byName, usesOf } from './pss.ts';
import { serveTasks, smallImage } from './throughput.ts';
import type { Workshop } from './workshop.ts';

export interface ScaleSize {
  nodes: number;
  instances: number;
  minutes: number;
  kind: NodeKind;
  /** Of light nodes to the broker; see light-node.ts. */
  connections: Connections;
  perProcess: number;
  /** The broker is killed hard in the middle and comes back after so long; 0 = it stays. */
  brokerAwaySeconds: number;
}

/** A page of tasks or images has 50 rows, as the web asks for; of nodes, too. */
const READS = ['/nodes?limit=50', '/tasks?limit=50', '/images?limit=50', '/nodes/:id', '/nodes/:name', '/tasks/:tid', '/status'] as const;
const EVERY_MS = 100;
const SAMPLE_MS = 5_000;
const TRICKLE_MS = 2_000;
const CLIENTS = 20;
const SETTLE_MS = 20_000;

interface Stage { shop: Workshop; dir: string; user: User; watch: Watch; src: string; names: string[]; size: ScaleSize; servers: Servers }

export const scaleBench = (shop: Workshop): Promise<Figure[]> => measureScale(shop, { nodes: 500, instances: 5000, minutes: 2.5, kind: 'light', connections: 'own', perProcess: 250, brokerAwaySeconds: 0 });

export async function measureScale(shop: Workshop, size: ScaleSize): Promise<Figure[]> {
  const dir = path.join(shop.dir, 'cloud');
  const servers = await startServers({ dir: layoutOf(dir).servers, rabbitmq: 'large' });
  shop.onEnd(() => stopServers({ dir: layoutOf(dir).servers }));
  // Its own node is there for the daemons' sake; nothing fits on it.
  const cloud = await openCloud(shop, 'cloud', { mode: 'distributed', hypervisor: 'fake', servers, overrides: { nc: { hypervisor: { fakeMemoryMiB: 1 } } } });
  const user = await userOf(cloud);
  const watch = await user.watch();
  shop.onEnd(() => watch.close());
  const src = await smallImage(shop, user);

  const begun = performance.now();
  const names = await addNodes(shop, cloud, user, { count: size.nodes, perProcess: size.perProcess, kind: size.kind, connections: size.connections });
  const registerSeconds = (performance.now() - begun) / 1000;
  shop.say(`${size.nodes} nodes registered within ${round(registerSeconds, 0)} s`);
  const stage: Stage = { shop, dir, user, watch, src, names, size, servers };
  return [
    { name: `${size.nodes} nodes: registered per second`, value: round(size.nodes / registerSeconds, 1), unit: '/s', limit: null, note: `${size.kind} nodes, ${size.perProcess} per process, ${size.connections === 'own' ? 'two connections to the broker each' : 'connections shared by each process'}; with the starts of their processes` },
    ...(await fill(stage)),
    ...(await steady(stage)),
    ...(size.brokerAwaySeconds > 0 ? await withoutBroker(stage) : []),
  ];
}

const times = (all: readonly number[]): string => `median ${round(median(all), 1)} ms, p99 ${round(percentile(all, 0.99), 1)} ms, ${all.length} times`;

async function fill({ shop, dir, user, watch, src, size }: Stage): Promise<Figure[]> {
  if (size.instances === 0) return [];
  watch.lagsMs.length = 0;
  const before = byName(await usesOf(dir));
  const served = await serveTasks(user, watch, src, { clients: CLIENTS, perClient: 2, tasks: size.instances });
  const use = shares(before, byName(await usesOf(dir)), served.seconds);
  shop.say(`${served.running} instances run, ${round(served.perSecond, 1)} per second`);
  return [
    { name: `${size.nodes} nodes: tasks running per second`, value: round(served.perSecond, 1), unit: '/s', limit: null, note: `${served.running} of ${size.instances}, ${served.failures.length} failed${served.failures[0] ? ` (${served.failures[0]})` : ''}; create → running ${times(served.createToRunningMs)}; POSTs ${times(served.callMs)}; events ${times(watch.lagsMs)} after their time; CPU of one core: ${use.text}` },
  ];
}

async function steady(stage: Stage): Promise<Figure[]> {
  const { shop, dir, user, watch, src, names, size } = stage;
  const target = size.nodes > 500 ? 300 : 100;
  // What the crowd at the start did to the others is not the matter here.
  await pause(SETTLE_MS);
  const ids = (await user.nodes('nc')).filter((d) => d.name.startsWith('sim-')).map((d) => d.id);
  const tids = (await user.get<{ items: TaskView[] }>('/tasks')).items.map((t) => t.tid);
  const depths = watchDepths(await openDepths(stage));
  const calls = new Map<string, number[]>(READS.map((r) => [r, []]));
  const alarms = watch.nodes.length;
  watch.lagsMs.length = 0;
  const before = byName(await usesOf(dir));
  const began = performance.now();
  const end = began + size.minutes * 60_000;
  let trickled = began;
  for (let n = 0; performance.now() < end; n += 1) {
    const read = READS[n % READS.length] as string;
    const at = performance.now();
    await user.get(read.replace(':id', ids[n % ids.length] ?? '').replace(':name', names[n % names.length] ?? '').replace(':tid', tids[n % tids.length] ?? ''));
    const ms = performance.now() - at;
    calls.get(read)?.push(ms);
    if (at - trickled > TRICKLE_MS) {
      trickled = at;
      await user.begin(src, { memoryMiB: 96 });
    }
    await pause(Math.max(0, EVERY_MS - ms));
  }
  const use = shares(before, byName(await usesOf(dir)), (performance.now() - began) / 1000);
  const nodes = await user.nodes('nc');
  const beats = beatsPerSecond(nodes);
  const raised = watch.nodes.slice(alarms).filter((n) => n.state !== 'up');
  const down = new Set([...raised, ...nodes].filter((n) => n.state === 'down').map((n) => n.id));
  const suspect = new Set([...raised, ...nodes].filter((n) => n.state === 'suspect').map((n) => n.id));
  const deepest = await depths.end();
  const both = (use.of('clc') + use.of('cc')) * 100;
  shop.say('measured');
  return [
    { name: `${size.nodes} nodes: false "down"`, value: down.size, unit: '', limit: 0, note: `over ${size.minutes} min; "suspect": ${suspect.size}; ${round(beats, 0)} beats/s; memory and CPU of one core: ${use.text}; longest queues: ${deepest}` },
    { name: `${size.nodes} nodes: CPU of CLC + CC`, value: round(both, 1), unit: '% of a core', limit: 100, note: `CLC ${round(use.of('clc') * 100, 1)} %, CC ${round(use.of('cc') * 100, 1)} %` },
    { name: `${size.nodes} nodes: event lag p99`, value: percentile(watch.lagsMs, 0.99), unit: 'ms', limit: null, note: times(watch.lagsMs) },
    ...READS.map((read): Figure => {
      const all = calls.get(read) ?? [];
      return { name: `${size.nodes} nodes: GET ${read.split('?')[0]} p99`, value: round(percentile(all, 0.99), 1), unit: 'ms', limit: target, note: `${all.length} calls, median ${round(median(all), 1)} ms, longest ${round(Math.max(...all), 1)} ms; seen by a client on the same cores` };
    }),
  ];
}

/** Everybody falls silent at once, and everybody comes back at once. */
async function withoutBroker({ shop, user, watch, size, servers }: Stage): Promise<Figure[]> {
  const alarms = watch.nodes.length;
  const runningBefore = (await user.get<{ items: TaskView[] }>('/tasks?limit=200')).items.filter((t) => t.state === 'running').map((t) => t.tid);
  await servers.rabbitmq.kill();
  shop.say(`the broker is away for ${size.brokerAwaySeconds} s`);
  await pause(size.brokerAwaySeconds * 1000); // the measured outage itself
  const raised = watch.nodes.slice(alarms).filter((n) => n.state !== 'up');
  await servers.rabbitmq.restart();
  const back = Date.now();
  let left = size.nodes;
  await until('every node beats again', async () => {
    const nodes = (await user.nodes('nc')).filter((n) => n.name.startsWith('sim-'));
    left = nodes.filter((n) => n.state !== 'up' || (n.lastBeatAt ?? 0) < back).length;
    return left === 0;
  }, 300_000, 500).catch(() => shop.say(`${left} nodes did not come back`));
  const healedSeconds = (Date.now() - back) / 1000;
  const still = (await Promise.all(runningBefore.map((tid) => user.task(tid)))).filter((t) => t.state === 'running').length;
  return [
    { name: `${size.nodes} nodes: all beat again after the broker`, value: round(healedSeconds, 1), unit: 's', limit: 60, note: `away ${size.brokerAwaySeconds} s; up to one beat (10 s) of it is waiting for the next beat` },
    { name: `${size.nodes} nodes: alarms while the broker was away`, value: raised.length, unit: '', limit: 0, note: `tasks that ran before and run now: ${still} of ${runningBefore.length}` },
  ];
}

/** Of nodes that beat evenly, the last beat is half an interval old on average. */
function beatsPerSecond(nodes: readonly DaemonView[]): number {
  const ages = nodes.map((n) => Date.now() - (n.lastBeatAt ?? 0)).filter((age) => age < 30_000);
  const mean = ages.reduce((sum, age) => sum + age, 0) / Math.max(1, ages.length);
  return ages.length / ((2 * mean) / 1000);
}

type Uses = Map<string, { pssMb: number; cpuSeconds: number }>;
function shares(before: Uses, after: Uses, seconds: number): { of(name: string): number; text: string } {
  const of = (name: string): number => ((after.get(name)?.cpuSeconds ?? 0) - (before.get(name)?.cpuSeconds ?? 0)) / seconds;
  return { of, text: [...after].sort((a, b) => b[1].pssMb - a[1].pssMb).map(([name, u]) => `${name} ${Math.round(u.pssMb)} MB, ${round(100 * of(name), 0)} %`).join('; ') };
}

type Depths = Array<{ bus: Bus; queue: string }>;
async function openDepths({ shop, user, servers }: Stage): Promise<Depths> {
  const log = createLog({ role: 'cc', level: 'error' });
  const [upper, cluster] = await Promise.all([openBus(servers.amqpUrl, { log }), openBus(servers.clusterAmqpUrl, { log })]);
  shop.onEnd(() => Promise.all([upper.close(), cluster.close()]));
  const cc = (await user.nodes('cc'))[0]?.id ?? '';
  return [
    ...[CLC_STATUS_QUEUE, CLC_BEAT_QUEUE, commandQueue(cc), DEAD_LETTER_QUEUE].map((queue) => ({ bus: upper, queue })),
    ...[clusterStatusQueue(cc), clusterBeatQueue(cc), DEAD_LETTER_QUEUE].map((queue) => ({ bus: cluster, queue })),
  ];
}

function watchDepths(depths: Depths): { end(): Promise<string> } {
  const deepest = depths.map(() => 0);
  const look = async (): Promise<void> => {
    for (const [i, { bus, queue }] of depths.entries()) deepest[i] = Math.max(deepest[i] as number, (await bus.depth(queue).catch(() => 0)) ?? 0);
  };
  let looking = look();
  const timer = setInterval(() => { looking = looking.then(look); }, SAMPLE_MS);
  return {
    async end() {
      clearInterval(timer);
      await looking;
      return depths.map(({ queue }, i) => `${queue} ${deepest[i]}`).join(', ');
    },
  };
}
