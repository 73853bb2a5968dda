// Bench `instance-list`: the first page of 10,000 instances, plain, by every filter and as an owner, and second pages, on SQLite (all-in-one) and MariaDB (distributed). The rows are put in
// through the store while the cloud is stopped; half of them are placed on the cloud's own node.
import { setTimeout as pause } from 'node:timers/promises';
import { say, standAt } from '@educloud/contracts';
import { silentLog } from '@educloud/log';
import { openStore, type InstanceRow, type UserInstanceRow } from '../apps/clc/src/store/index.ts';
import { startCloud } from '../tools/cloud/start.ts';
import { startServers } from '../tools/servers/index.ts';
import { openCloud, userOf } from './cloud.ts';
import { median, percentile, round, type Figure } from './figure.ts';
import type { Workshop } from './workshop.ts';

const INSTANCES = 10_000;
const OWNERS = 200;
const CALLS = 150;
const EVERY_MS = 20;
const AT_ONCE = 500;
const IMAGES = ['img-0000000a', 'img-0000000b', 'img-0000000c'] as const;

export async function instanceListBench(shop: Workshop): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const mode of ['all-in-one', 'distributed'] as const) {
    const options = { mode, hypervisor: 'fake' } as const;
    const servers = mode === 'distributed' ? { ...(await startServers({ dir: `${shop.dir}/servers` })), libvirtUri: null } : null;
    if (servers) shop.onEnd(() => servers.stop({ guests: true }));
    const first = await openCloud(shop, mode, { ...options, ...(servers ? { servers } : {}) });
    const admin = await userOf(first);
    await admin.post('/users', { name: 'owner-7', password: 'password of the bench', role: 'user' });
    const [nc, cc] = await Promise.all([admin.nodes('nc'), admin.nodes('cc')]);
    const { dbUrl, adminUser } = first.json;
    await first.stop();
    await fill(dbUrl, { ncId: nc[0]?.id ?? '', ccId: cc[0]?.id ?? '', admin: adminUser });

    const cloud = await startCloud({ ...options, dir: `${shop.dir}/${mode}`, ...(servers ? { servers } : {}) });
    const lists: Array<[string, Awaited<ReturnType<typeof userOf>>, string]> = [
      ['first page', await userOf(cloud), '/instances?limit=50'],
      ['status=ERROR', await userOf(cloud), '/instances?limit=50&status=ERROR'],
      ['owner', await userOf(cloud), '/instances?limit=50&owner=owner-7'],
      ['owner and kind', await userOf(cloud), '/instances?limit=50&owner=owner-7&kind=vs'],
      ['kind of which there is none', await userOf(cloud), '/instances?limit=50&kind=lvd'],
      ['name', await userOf(cloud), '/instances?limit=50&name=desktop%207'],
      ['image', await userOf(cloud), `/instances?limit=50&image=${IMAGES[2]}`],
      ['node', await userOf(cloud), `/instances?limit=50&node=${nc[0]?.id}`],
      ['as owner', await userOf({ json: { ...cloud.json, adminUser: 'owner-7', adminPassword: 'password of the bench' } }), '/instances?limit=50'],
    ];
    for (const [name, user, at] of [...lists]) {
      if (!['first page', 'owner', 'image', 'node'].includes(name)) continue;
      const { next } = await user.get<{ next: string | null }>(at);
      if (next) lists.push([`${name}, second page`, user, `${at}&cursor=${encodeURIComponent(next)}`]);
    }
    const db = mode === 'distributed' ? 'MariaDB' : 'SQLite';
    for (const [, user, at] of lists) for (let n = 0; n < 10; n += 1) await user.get(at);
    const bare = await sample((n) => lists[n % lists.length]?.[1].get('/vmtypes') as Promise<unknown>);
    for (const [name, user, at] of lists) {
      const rows = (await user.get<{ items: unknown[] }>(at)).items.length;
      const times = await sample(() => user.get(at));
      shop.say(`${db}, ${name}: ${rows} rows, median ${round(median(times), 1)} ms, p99 ${round(percentile(times, 0.99), 1)} ms`);
      figures.push({
        name: `list of ${INSTANCES} instances, ${db}, ${name}: p99`, value: round(percentile(times, 0.99), 1), unit: 'ms', limit: 100,
        baseline: `GET /vmtypes median ${round(median(bare), 1)} ms, p99 ${round(percentile(bare, 0.99), 1)} ms`, note: `${rows} rows, ${CALLS} calls, median ${round(median(times), 1)} ms, longest ${round(Math.max(...times), 1)} ms`,
      });
    }
    await cloud.stop();
  }
  return figures;
}

async function sample(call: (n: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < CALLS; n += 1) {
    const at = performance.now();
    await call(n);
    times.push(performance.now() - at);
    await pause(EVERY_MS);
  }
  return times;
}

async function fill(url: string, where: { ncId: string; ccId: string; admin: string }): Promise<void> {
  const store = await openStore({ url, log: silentLog(), now: Date.now });
  const begun = Date.now() - INSTANCES * 1000;
  try {
    for (let from = 0; from < INSTANCES; from += AT_ONCE) {
      await store.transaction(async (tx) => {
        for (let n = from; n < from + AT_ONCE; n += 1) {
          const { runtime, defined } = rowsOf(n, begun + n * 1000, where);
          await tx.instances.insertInstance(runtime);
          await tx.userInstances.insertUserInstance(defined);
        }
      });
    }
  } finally {
    await store.close();
  }
}

/** 80 % are off or never ran, 15 % run, 5 % ended in an error. */
function rowsOf(n: number, at: number, where: { ncId: string; ccId: string; admin: string }): { runtime: InstanceRow; defined: UserInstanceRow } {
  const id = `ins-${(0x10000000 + n).toString(16)}`;
  const placed = n % 2 === 0;
  const kind = n % 3 === 0 ? 'vs' : 'rvd';
  const stand = standAt(n % 20 === 1 ? 'error/-' : placed ? (n % 20 < 6 ? 'active/-' : 'stopped/-') : 'initialized/-');
  const sizes = { memoryMiB: 512, cpus: 1, diskBytes: 1024 ** 3 };
  const why = say('nodesFit', { fit: 1, all: 1 });
  return {
    runtime: {
      id, tid: null, purpose: 'run', kind, ccId: placed ? where.ccId : null, ncId: placed ? where.ncId : null, ...sizes, vmstatus: stand.vmState === 'active' ? 'running' : placed ? 'stopped' : 'init',
      firstBootAt: placed ? at : null, statusEpoch: 0, statusSeq: 0, createdAt: at, deletedAt: null,
    },
    defined: {
      id, name: `desktop ${n}`, description: 'as a class has them', owner: n % 4 === 0 ? where.admin : `owner-${n % OWNERS}`, kind, lifetime: 'persistent', imageId: IMAGES[n % 50 === 0 ? 2 : n % 2] as string, pinnedVersion: null, madeFrom: placed ? 1 : null,
      ostype: 'linux', vmType: null, ...sizes, definition: { diskGiB: 0, node: null, cluster: null, highAvailability: false, scale: null }, autoStop: null, autoStopAt: null, extendedUntil: null, idleSince: null, idleSeenAt: null, ...stand, progress: 0, message: say('instanceDefined'), error: null, failedAction: null,
      kept: null, network: null, placement: placed ? { clusterId: where.ccId, nodeId: where.ncId, summary: 'one node fits', why, candidates: [{ ncId: where.ncId, name: 'nc-1', fits: true, score: 1, reason: 'fits' }], fit: 1, total: 1 } : null,
      rev: 1, createdAt: at, updatedAt: at, startedAt: null, deletedAt: null,
    },
  };
}
