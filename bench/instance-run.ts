// Benches of instances with real guests: `instance-run` and `instance-network`, from POST …/run until the domain runs against bare overlay + define + start; `together`, 20 at
// once against 20 bare ones at once; `instance-stop`, what the cloud adds to a guest's own shutdown. One observer sees both: libvirt's own events.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { openLibvirt, type Libvirt } from '@educloud/libvirt';
import { silentLog } from '@educloud/log';
import { ROOT } from '../tools/build.ts';
import { layoutOf, settingsOf } from '../tools/cloud/layout.ts';
import type { Cloud } from '../tools/cloud/start.ts';
import { until } from '../tools/cloud/until.ts';
import { startServers, stopServers } from '../tools/servers/index.ts';
import { startLibvirtd } from '../tools/servers/libvirtd.ts';
import { openCloud, userOf, type User, type Watch } from './cloud.ts';
import { median, round, spread, type Figure } from './figure.ts';
import { openDoor } from './forward.ts';
import { GUEST_NETWORK, inside, layGuestHost } from './namespaces.ts';
import { smallImage } from './throughput.ts';
import { bareTwin, seenEvent, type Twin } from './started.ts';
import type { Workshop } from './workshop.ts';

const ROUNDS = 10;
const TOGETHER = 20;
const TOGETHER_ROUNDS = 4;
const STOPS = 4;
const INACTIVE_AND_SECURE = 2 | 1;
const AGENT_SECONDS = 1;
const run = promisify(execFile);

interface Stage { shop: Workshop; /** Of each instance, beyond the usual. */ asked: object; libvirt: Libvirt; user: User; watch: Watch; imageId: string; base: string; format: 'qcow2' | 'raw' }

// No limit on how many boot at once: the bare ones have none either.
const UNLIMITED = { clc: { ledger: { cpuOvercommit: 2 * TOGETHER } }, nc: { slots: { disk: TOGETHER, boot: TOGETHER } } };
type CloudAndGuests = { cloud: Cloud; libvirtUri: string };

async function plainCloud(shop: Workshop): Promise<CloudAndGuests> {
  const cloud = await openCloud(shop, 'cloud', { mode: 'distributed', hypervisor: 'libvirt', overrides: UNLIMITED });
  return { cloud, libvirtUri: cloud.json.libvirtUri ?? '' };
}

/** Cluster and node controller on a host of their own with a bridge for guests, in private mode. */
async function cloudWithBridge(shop: Workshop): Promise<CloudAndGuests> {
  const layout = layoutOf(path.join(shop.dir, 'cloud'));
  const { host, node } = await layGuestHost(shop);
  shop.onEnd(() => stopServers({ dir: layout.servers, guests: true }));
  const servers = await startServers({ dir: layout.servers, libvirt: false });
  const libvirtDir = path.join(shop.dir, 'libvirt');
  const { uri, stop } = await startLibvirtd({ dir: libvirtDir, netns: node.netns });
  shop.onEnd(() => stop({ guests: true }));
  const { ports } = await settingsOf(layout);
  await openDoor(shop, { host, port: servers.rabbitmq.port }, { host: '127.0.0.1', port: servers.rabbitmq.port });
  for (const name of ['cc', 'nc'] as const) await openDoor(shop, { host: '127.0.0.1', port: ports[name] }, { host: node.address, port: ports[name] });
  const everywhere = { listen: { host: '0.0.0.0' } };
  const urlOf = (name: 'cc' | 'nc'): string => `http://${node.address}:${ports[name]}`;
  const busUrl = servers.clusterAmqpUrl.replace('127.0.0.1', host);
  const cloud = await openCloud(shop, 'cloud', {
    mode: 'distributed', hypervisor: 'libvirt',
    servers: { amqpUrl: servers.amqpUrl.replace('127.0.0.1', host), clusterAmqpUrl: busUrl, dbUrl: servers.dbUrl, redisUrl: servers.redisUrl, libvirtUri: null },
    enter: { cc: inside(node), nc: inside(node) },
    overrides: {
      clc: { ...UNLIMITED.clc, ...everywhere },
      walrus: { ...everywhere, publicUrl: `http://${host}:${ports.walrus}` },
      cc: { ...everywhere, clcUrl: `http://${host}:${ports.clc}`, publicUrl: urlOf('cc'), network: { publicInterface: 'br0', dhcpInterface: 'br0' } },
      nc: { ...UNLIMITED.nc, ...everywhere, ccUrl: urlOf('cc'), publicUrl: urlOf('nc'), hypervisor: { uri }, network: { accessIp: node.address } },
    },
  });
  await (await userOf(cloud)).put('/clusters/cluster-1/network', GUEST_NETWORK, 0);
  return { cloud, libvirtUri: uri };
}

/** `boots`: a guest that boots; else one that stays in its firmware, so that 20 of them leave the processors to those that are being started. */
async function openStage(shop: Workshop, { boots = true, network = false } = {}): Promise<Stage> {
  const { cloud, libvirtUri } = await (network ? cloudWithBridge(shop) : plainCloud(shop));
  const libvirt = await openLibvirt({ uri: libvirtUri, log: silentLog() });
  shop.onEnd(() => libvirt.close());
  const user = await userOf(cloud);
  const watch = await user.watch();
  shop.onEnd(() => watch.close());
  const imageId = boots ? await user.upload(await guestImage(), 'guest', 'qcow2') : await smallImage(shop, user);
  const format = boots ? 'qcow2' : 'raw';
  const asked = network ? { nics: [{ mode: 'bridge' }], services: [{ name: 'web', port: 80 }] } : {};
  const stage: Stage = { shop, asked, libvirt, user, watch, imageId, format, base: path.join(cloud.layout.data('nc'), 'images', `${imageId}.v1.${format}`) };
  await gone(stage, (await started(stage, 0)).id); // the image gets into the caches
  return stage;
}

async function guestImage(): Promise<string> {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', path.join(ROOT, 'tools/guest-image.ts')], { cwd: ROOT, timeout: 600_000 });
  return stdout.trim().split('\n').at(-1) ?? '';
}

const defined = ({ user, imageId, asked }: Stage, n: number): Promise<string> => user.define({ name: `guest ${n}`, imageId, kind: 'vs', lifetime: 'persistent', memoryMiB: 96, cpus: 1, ...asked });

async function started(stage: Stage, n: number): Promise<{ id: string; ms: number; answered: number; told: number }> {
  const id = await defined(stage, n);
  const seen = seenEvent(stage.libvirt, id, 'started');
  const begun = performance.now();
  await stage.user.act(id, 'run');
  const answered = performance.now() - begun;
  // A start that fails says why before the wait for the guest is over.
  const [at, told] = await Promise.all([seen, stage.watch.reaches(id, 'active/-')]);
  return { id, ms: at - begun, answered, told: told.at - begun };
}

async function gone({ user, watch }: Stage, id: string): Promise<void> {
  await user.act(id, 'delete');
  await watch.reaches(id, 'deleted/-');
  watch.forget(id);
}

const xmlOf = ({ libvirt }: Stage, id: string): Promise<string> => libvirt.dumpXml(id, INACTIVE_AND_SECURE);

export const instanceRunBench = async (shop: Workshop): Promise<Figure[]> => runFigures(await openStage(shop), 'instance', 1.2, 'place, overlay, claim, start');
export const instanceNetworkBench = async (shop: Workshop): Promise<Figure[]> =>
  runFigures(await openStage(shop, { network: true }), 'instance with network', 1.4, 'place, lease, overlay, claim, forward at the CC, start with a card on the bridge and its rules');

async function runFigures(stage: Stage, what: string, limit: number, path: string): Promise<Figure[]> {
  const { shop } = stage;
  const rounds: Array<{ ms: number; answered: number; told: number; bare: number }> = [];
  for (let n = 1; n <= ROUNDS + 1; n += 1) {
    const { id, ...times } = await started(stage, n);
    const xml = await xmlOf(stage, id);
    await gone(stage, id);
    const twin = await bareTwin(stage.libvirt, { xml, insId: id, base: stage.base, format: stage.format });
    await twin.end();
    shop.say(`${n}: domain runs after ${round(times.ms, 0)} ms, bare ${round(twin.ms, 0)} ms`);
    if (n > 1) rounds.push({ ...times, bare: twin.ms }); // the first one warms up both
  }
  const all = (key: keyof (typeof rounds)[number]): number[] => rounds.map((r) => r[key]);
  const baseline = `bare overlay + define + start ${spread(all('bare'), 'ms', 0)}`;
  return [
    { name: `${what}: request → domain runs ÷ bare`, value: median(all('ms')) / median(all('bare')), unit: '×', limit, samples: rounds.map((r) => r.ms / r.bare), baseline, note: `image cached; first run: ${path}; median ÷ median, spread is that of neighbouring pairs` },
    { name: `${what}: request → domain runs`, value: median(all('ms')), unit: 'ms', limit: null, samples: all('ms'), baseline, note: `POST answered after ${spread(all('answered'), 'ms', 0)}, ACTIVE on the event stream after ${spread(all('told'), 'ms', 0)}` },
  ];
}

export async function togetherBench(shop: Workshop): Promise<Figure[]> {
  const stage = await openStage(shop, { boots: false });
  const product: number[] = [];
  const bare: number[] = [];
  for (let n = 0; n <= TOGETHER_ROUNDS; n += 1) {
    const ids = await Promise.all(Array.from({ length: TOGETHER }, (_, i) => defined(stage, i)));
    const seen = ids.map((id) => seenEvent(stage.libvirt, id, 'started'));
    const begun = performance.now();
    await Promise.all(ids.map((id) => stage.user.act(id, 'run')));
    const ms = Math.max(...(await Promise.all(seen))) - begun;
    await Promise.all(ids.map((id) => stage.watch.reaches(id, 'active/-')));
    const insId = ids[0] as string;
    const xml = await xmlOf(stage, insId);
    await Promise.all(ids.map((id) => gone(stage, id)));

    const bareBegun = performance.now();
    const twins: Twin[] = await Promise.all(ids.map(() => bareTwin(stage.libvirt, { xml, insId, base: stage.base, format: stage.format })));
    const bareMs = performance.now() - bareBegun;
    await Promise.all(twins.map((twin) => twin.end()));
    shop.say(`${n}/${TOGETHER_ROUNDS}: ${TOGETHER} run after ${round(ms, 0)} ms, bare ${round(bareMs, 0)} ms`);
    if (n === 0) continue; // warms up both
    product.push(ms);
    bare.push(bareMs);
  }
  return [{
    name: `${TOGETHER} at once: all run ÷ bare in parallel`, value: median(product) / median(bare), unit: '×', limit: 1.1, samples: product.map((ms, n) => ms / (bare[n] as number)), baseline: `${TOGETHER} × bare overlay + define + start ${spread(bare, 'ms', 0)}`,
    note: `${spread(product, 'ms', 0)} from the first POST until libvirt has started the last one; no limit of starts at once in either`,
  }];
}

export async function instanceStopBench(shop: Workshop): Promise<Figure[]> {
  const stage = await openStage(shop);
  const { libvirt, user, watch } = stage;
  const booted = (name: string): Promise<unknown> => until(`${name} has booted`, () => libvirt.agentCommand(name, { execute: 'guest-ping' }, AGENT_SECONDS).then(() => true, () => false), 120_000);
  const first = await started(stage, 1);
  const xml = await xmlOf(stage, first.id);
  await gone(stage, first.id);
  const asked: number[] = [];
  const seenOff: number[] = [];
  const bare: number[] = [];
  for (let n = 0; n < STOPS; n += 1) {
    const { id } = await started(stage, n);
    await booted(id);
    const off = seenEvent(libvirt, id, 'stopped');
    const begun = performance.now();
    await user.act(id, 'stop');
    seenOff.push((await off) - begun);
    asked.push((await watch.reaches(id, 'stopped/-')).at - begun);
    await gone(stage, id);

    const twin = await bareTwin(libvirt, { xml, insId: first.id, base: stage.base, format: stage.format });
    try {
      await booted(twin.name);
      const twinOff = seenEvent(libvirt, twin.name, 'stopped');
      const at = performance.now();
      await libvirt.agentCommand(twin.name, { execute: 'guest-shutdown', arguments: { mode: 'powerdown' } }, AGENT_SECONDS).catch(() => undefined);
      bare.push((await twinOff) - at);
    } finally {
      await twin.end();
    }
    shop.say(`${n + 1}/${STOPS}: SHUTOFF after ${round(asked.at(-1) ?? 0, 0)} ms, off after ${round(seenOff.at(-1) ?? 0, 0)} ms; bare ${round(bare.at(-1) ?? 0, 0)} ms`);
  }
  return [{
    name: 'stop: added to the guest’s own shutdown', value: median(asked) - median(bare), unit: 'ms', limit: 200, baseline: `guest-shutdown to the bare guest’s agent until libvirt’s \`stopped\` ${spread(bare, 'ms', 0)}`,
    note: `POST …/stop until SHUTOFF on the event stream ${spread(asked, 'ms', 0)}, of it until libvirt’s \`stopped\` ${spread(seenOff, 'ms', 0)}; difference of medians`,
  }];
}
