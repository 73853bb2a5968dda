// instance/run: a first start places it and makes its disk, a later one finds it there; an assigned or temporary one gets a new disk each time.
// What a failed start has made is undone; a disk that a person has used is never touched by that.
import { CloudError } from '@educloud/errors';
import { say, type ClusterNetworkSettings } from '@educloud/contracts';
import type { JobDefinition, PlanDefinition } from '@educloud/saga';
import type { Deps, PlanDeps } from '../../deps.ts';
import { claimData, dataBytesOf, makeDataDisk, noDataDisk } from '../../jobs/data-disk.ts';
import { withHardware, type OfStartingGuest } from '../../jobs/hardware.ts';
import { makeDiskJobs, noteFetched, withCloneTried } from '../../jobs/make-disk.ts';
import { place } from '../../jobs/place.ts';
import { startDomain } from '../../jobs/power.ts';
import { withSeed } from '../../jobs/seed.ts';
import { closeWays, openAccess } from '../../network/access.ts';
import { asNodeHas, ensurePools, leaseNetwork, modesIn, type NetworkWish } from '../../network/lease.ts';
import { settingsOf } from '../../network/setting.ts';
import { unplace } from '../../jobs/unplace.ts';
import type { Tx, UserInstanceRow } from '../../store/interface.ts';
import { claimAndOpen, wishOf } from './claim-and-open.ts';
import { diskBytesOf, versionFor } from './define.ts';
import { change, clearError, doing, failed, jobDone, keptDiskOf, loadLife, notPutOff, order, rest, waits, type Begin, type Life } from './life.ts';
import { discardSystem } from './throw-away.ts';

/** `throwAway`: the disk of the last run goes first. `fresh`: a disk is made. `firstPlaced`: no data disk keeps it on a node. */
interface RunInput { throwAway: boolean; fresh: boolean; firstPlaced: boolean }
const input = (life: Life): RunInput => life.input as RunInput;

export const runInstance = (deps: Deps, id: string): Promise<UserInstanceRow> => order(deps, id, 'run', beginRun);

export const beginRun: Begin = async (tx, row) => {
  const there = (await tx.instances.instance(row.id))?.ncId !== null;
  // With a data disk it has a node also when it has no system disk.
  const fresh = !there || row.lifetime !== 'persistent' || (await tx.ledger.claimOf(row.id, 'disk')) === null;
  if (fresh) {
    const image = await tx.images.keepImage(row.imageId);
    if (!image) throw new CloudError('NOT_FOUND', say('instanceImageGone', { image: row.imageId }));
    await versionFor(tx, image, row.pinnedVersion);
  }
  return { name: 'instance/run', input: { throwAway: there && fresh, fresh, firstPlaced: fresh && (await tx.ledger.claimOf(row.id, 'data')) === null } satisfies RunInput };
};

/** Not for an hour: whoever waits for his desktop hears that its node is away. */
const SOON = { deadlineMs: 120_000, retry: { attempts: 4, backoffMs: 1000 } };
const only = (jobs: JobDefinition<Tx, Life>[], wanted: (input: RunInput) => boolean): JobDefinition<Tx, Life>[] =>
  jobs.map((job) => ({ ...job, skip: (life, results) => !wanted(input(life)) || (job.skip?.(life, results) ?? false) }));

export const runInstancePlan = (deps: PlanDeps): PlanDefinition<Tx, Life & OfStartingGuest> => ({
  name: 'instance/run',
  load: withCloneTried(withHardware(withSeed(loadLife))),
  jobs: [
    ...only(discardSystem(deps).map((job) => (job.name === 'releaseClaims' ? job : { ...job, ...SOON })), ({ throwAway }) => throwAway),
    ...only([
      {
        name: 'placeInstance',
        perform: (life) => placeInstance(deps, life),
        undo: (tx, life) => unplace(deps, tx, life.guest, { data: input(life).firstPlaced }),
        deadlineMs: 60_000,
        retry: { attempts: 2, backoffMs: 1000 },
      },
      ...makeDiskJobs(deps, { removedEvenBooted: true }),
    ], ({ fresh }) => fresh),
    { name: 'claimDataDisk', skip: noDataDisk, apply: async (tx, life) => claimData(tx, life).then(() => ({})), deadlineMs: 30_000 },
    makeDataDisk<Life>((life) => input(life).firstPlaced),
    claimAndOpen(deps),
    openAccess(),
    startDomain(deps),
  ],
  async onStart(tx, life) {
    const begun = { ...clearError, progress: 0 } as const;
    const { throwAway, fresh } = input(life);
    if (!fresh) return void (await doing(tx, life.row, 'spawning', { ...begun, message: say('startingGuest') }));
    const version = await versionFor(tx, { id: life.row.imageId }, life.row.pinnedVersion);
    const made = { madeFrom: version.version, diskBytes: diskBytesOf(version, life.row.definition.diskGiB ?? 0), placement: null, ...begun } as const;
    await tx.instances.updateInstance(life.row.id, { diskBytes: made.diskBytes });
    await doing(tx, life.row, throwAway ? 'resetting' : 'scheduling', { ...made, message: say(throwAway ? 'instanceThrowingAway' : 'instanceScheduling') });
  },
  async onJobDispatched(tx, { row }, job) {
    if (job.name === 'placeInstance') await doing(tx, row, 'scheduling', { message: say('instanceScheduling') });
    if (job.name === 'cacheImage') await doing(tx, row, 'downloading', { message: say('downloading') });
    if (job.name === 'cloneDisk') await doing(tx, row, 'cloning', { message: say('cloningDisk') });
    if (job.name === 'startDomain') await doing(tx, row, 'spawning', { message: say('startingGuest') });
  },
  async onJobDone(tx, life, job) {
    const { row } = life;
    // Should the run fail before its claims are given back: no later one looks for this disk.
    if (job.name === 'discardInstance' && input(life).throwAway) await tx.ledger.release(row.id, 'disk');
    noteFetched(deps, life.guest, job);
    await jobDone(tx, row, 'instance/run', job);
  },
  async onUnwinding(tx, { row }, error) {
    // Before the cluster controller is asked to look again.
    await closeWays(tx, row);
    await doing(tx, row, 'unwinding', { error, message: say('startFailedCleaning') });
  },
  async onDone(tx, { row, instance }) {
    const now = deps.now();
    await tx.instances.updateInstance(row.id, { vmstatus: 'running', ...(instance.firstBootAt ? {} : { firstBootAt: now }) });
    await change(tx, row, rest('active'), { progress: 100, startedAt: now, ...notPutOff, message: say('instanceRuns'), ...clearError });
  },
  async onFailed(tx, life, error) {
    const there = life.instance.ncId !== null && (await tx.ledger.claimOf(life.row.id, 'disk')) !== null;
    await change(tx, life.row, rest('error'), { ...failed('run', error, there ? keptDiskOf(life) : null), ...(there ? {} : { madeFrom: null }) });
  },
  async onStuck(tx, { row }, error) {
    await doing(tx, row, 'stuck', waits('run', error));
  },
});

/** Runs outside a transaction and may run twice: an existing claim is the answer. */
async function placeInstance(deps: PlanDeps, { row, instance }: Life) {
  const claimed = await deps.store.read.ledger.claimOf(row.id, 'disk');
  const now = await deps.store.read.instances.instance(row.id);
  if (claimed && now?.ccId && now.ncId === claimed.ncId) return { ccId: now.ccId, ncId: claimed.ncId };
  const scheduling = [`${row.vmState}/scheduling`] as const;
  const wish = wishOf(row);
  // Its data disk holds it there: it takes what the node has.
  const node = now?.ncId ? await deps.store.read.daemons.daemon(now.ncId) : null;
  const wishIn = (settings: ClusterNetworkSettings): NetworkWish => (now?.ncId ? asNodeHas(settings, wish, node) : wish);
  return place(deps, {
    instance, claims: ['compute', 'disk'], policy: row.definition.placementPolicy ?? null, ...(now?.ncId ? {} : { group: row.definition.ownerGroup ?? null }),
    // Its data disk is there already, or comes to where it is placed.
    ...(now?.ncId ? { node: now.ncId, cluster: now.ccId } : { node: row.definition.node, cluster: row.definition.cluster, dataBytes: dataBytesOf(row) }),
    async bridgeIn(cc) {
      if (wish.services.length > 0) await ensurePools(deps.store, cc.id);
      const settings = settingsOf(await deps.store.read.networks.network(cc.id));
      const modes = modesIn(settings, cc.name, wishIn(settings));
      return Array.isArray(modes) ? { bridge: modes.includes('bridge') ? settings.bridge : null } : { refused: modes };
    },
    async chosen(tx, { cc, name, placement }) {
      const network = await leaseNetwork({ tx, cluster: cc, now: deps.now(), quarantineMs: deps.limits.quarantineMs }, wishIn(settingsOf(await tx.networks.network(cc.id))), null);
      return (await tx.userInstances.changeUserInstance(row.id, scheduling, { placement, network, message: say('placedOn', { node: name }) })) !== null;
    },
    refused: (tx, placement) => tx.userInstances.changeUserInstance(row.id, scheduling, { placement }),
  });
}
