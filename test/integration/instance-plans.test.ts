// What the life of an instance promises: its three lifetimes, refusals that name the state, deletion at any moment, nodes that are lost, and a
// class that starts at once. Real commands, plans, engine and database; no daemon.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { ConsoleBody, DefineInstance, Envelope, INSTANCE_ACTIONS, inWords, ModifyInstance, say, StopBody, type InstanceAction, type JobName, type WireError } from '@educloud/contracts';
import { CloudError, hasCode } from '@educloud/errors';
import { autoStopRound } from '../../apps/clc/src/auto-stop/work.ts';
import { openBox } from '@educloud/tickets';
import { defineInstance } from '../../apps/clc/src/commands/instance/define.ts';
import { openInstanceConsole } from '../../apps/clc/src/commands/console-open.ts';
import { instanceView } from '../../apps/clc/src/routes/instance-view.ts';
import { deleteInstance } from '../../apps/clc/src/commands/instance/delete.ts';
import { modifyInstance } from '../../apps/clc/src/commands/instance/modify.ts';
import { pauseInstance } from '../../apps/clc/src/commands/instance/pause.ts';
import { rebootInstance } from '../../apps/clc/src/commands/instance/reboot.ts';
import { resetInstance } from '../../apps/clc/src/commands/instance/reset.ts';
import { runInstance } from '../../apps/clc/src/commands/instance/run.ts';
import { stopInstance } from '../../apps/clc/src/commands/instance/stop.ts';
import { extendInstance } from '../../apps/clc/src/commands/instance/extend.ts';
import { resumeInstance } from '../../apps/clc/src/commands/instance/resume.ts';
import { suspendInstance } from '../../apps/clc/src/commands/instance/suspend.ts';
import { unpauseInstance } from '../../apps/clc/src/commands/instance/unpause.ts';
import { deleteImage } from '../../apps/clc/src/commands/image-delete.ts';
import { fenceNode } from '../../apps/clc/src/commands/node-fence.ts';
import { onInstanceStatus } from '../../apps/clc/src/status/instance-status.ts';
import { onInventory } from '../../apps/clc/src/status/inventory.ts';
import type { UserInstanceRow } from '../../apps/clc/src/store/index.ts';
import { openClcPlans, SOURCE, type ClcPlans, type Sent } from '../support/clc-plans.ts';
import { daemonRow, versionRow } from '../support/store-rows.ts';

const NODE = daemonRow(1).id;
const GIB = 2 ** 30;
const broken: WireError = { code: 'HYPERVISOR_FAILED', message: 'libvirt refused', retryable: false };

describe('the life of an instance', function () {
  this.timeout(30_000);
  let clc: ClcPlans;
  beforeEach(async () => { clc = await openClcPlans(); });
  afterEach(() => clc.close());

  const define = async (set: Partial<DefineInstance> = {}): Promise<UserInstanceRow> => defineInstance(clc.deps, DefineInstance.parse({ name: 'desk', imageId: SOURCE, ...set }), 'anna');
  const row = async (id: string): Promise<UserInstanceRow> => {
    await clc.sent();
    return (await clc.deps.store.read.userInstances.userInstance(id)) as UserInstanceRow;
  };
  const at = async (id: string): Promise<string> => { const { vmState, taskState } = await row(id); return `${vmState}/${taskState ?? '-'}`; };
  const claims = async (id: string): Promise<string[]> => {
    const { ledger } = clc.deps.store.read;
    return (await Promise.all((['disk', 'data', 'saved', 'compute'] as const).map(async (kind) => ((await ledger.claimOf(id, kind)) ? kind : '')))).filter((kind) => kind !== '');
  };
  const stop = StopBody.parse({});
  const ACT: Record<Exclude<InstanceAction, 'modify'>, (id: string) => Promise<unknown>> = {
    run: (id) => runInstance(clc.deps, id), stop: (id) => stopInstance(clc.deps, id, stop), reboot: (id) => rebootInstance(clc.deps, id, stop), pause: (id) => pauseInstance(clc.deps, id),
    unpause: (id) => unpauseInstance(clc.deps, id), suspend: (id) => suspendInstance(clc.deps, id), resume: (id) => resumeInstance(clc.deps, id), extend: (id) => extendInstance(clc.deps, id, { minutes: 60 }), reset: (id) => resetInstance(clc.deps, id, { data: false }), delete: (id) => deleteInstance(clc.deps, id),
  };
  const act = async (id: string, action: Exclude<InstanceAction, 'modify'>): Promise<JobName[]> => {
    await ACT[action](id);
    return (await clc.answerAll()).map((sent) => `${sent.op === 'undo' ? 'undo of ' : ''}${sent.job}` as JobName);
  };
  const running = async (set: Partial<DefineInstance> = {}): Promise<string> => {
    const { id } = await define(set);
    await act(id, 'run');
    assert.equal(await at(id), 'active/-', inWords((await row(id)).message, 'en'));
    return id;
  };
  let seq = 0;
  const tell = async (id: string, vmstatus: string, reason: string): Promise<void> =>
    onInstanceStatus(clc.deps, Envelope.parse({ v: 1, id: `m${seq}`, name: 'insstatus', seq: (seq += 1), source: { node: NODE, epoch: 1 }, body: { full: false, instances: [{ insId: id, vmstatus, reason }] } }));

  const FIRST = ['cacheImage', 'fetchImage', 'cloneDisk', 'startDomain'];
  /** The node has the image from an earlier run. */
  const AGAIN = ['cloneDisk', 'startDomain'];
  const AWAY = ['discardInstance', 'discardStaging'];

  describe('defined', () => {
    it('takes its sizes from the VM type, what is said overrules it, and a type that changes later changes nothing', async () => {
      const one = await define({ vmType: 'medium', cpus: 3 });
      assert.deepEqual([one.memoryMiB, one.cpus, one.vmType, one.kind, one.diskBytes], [1024, 3, 'medium', 'vs', 20 * GIB]);
      const type = await clc.deps.store.read.vmTypes.vmType('medium');
      await clc.deps.store.transaction((tx) => tx.vmTypes.updateVmType('medium', type!.rev, { memoryMiB: 4096 }));
      assert.equal((await row(one.id)).memoryMiB, 1024);
      assert.equal((await define()).memoryMiB, 512, 'without a type: as the system of the image needs');
    });
    it('refuses what cannot be, with the field, and leaves no row', async () => {
      const refused = async (set: Partial<DefineInstance>): Promise<unknown> => define(set).then(() => 'defined', (e: { code: string; data?: { fields?: Array<{ field: string }> } }) => [e.code, e.data?.fields?.[0]?.field]);
      assert.deepEqual(await refused({ kind: 'vs', lifetime: 'assigned' }), ['BAD_REQUEST', 'lifetime']);
      assert.deepEqual(await refused({ node: 'nowhere' }), ['BAD_REQUEST', 'node']);
      assert.deepEqual(await refused({ cluster: 'node-1' }), ['BAD_REQUEST', 'cluster']);
      assert.deepEqual(await refused({ vmType: 'gigantic' }), ['BAD_REQUEST', 'vmType']);
      assert.deepEqual(await refused({ diskGiB: 1000 }), ['BAD_REQUEST', 'diskGiB']);
      assert.deepEqual(await refused({ scale: { min: 3, max: 2 } }), ['BAD_REQUEST', 'scale']);
      assert.deepEqual(await refused({ imageVersion: 7 }), ['NOT_FOUND', undefined]);
      assert.deepEqual(await refused({ imageId: 'img-0000dead' as typeof SOURCE }), ['NOT_FOUND', undefined]);
      assert.deepEqual((await clc.deps.store.read.userInstances.userInstances({ limit: 10 })).items, []);
    });
    it('refuses how it is reached, started, placed and watched where that cannot be, naming the field, in a definition and in a change', () => {
      const wrong: Array<[field: string, set: Record<string, unknown>]> = [
        ['accessMode', { accessMode: 'vpn' }], ['accessMode', { accessMode: null }], ['placementPolicy', { placementPolicy: 'random' }], ['metrics', { metrics: 'off' }], ['highAvailability', { highAvailability: 1 }],
        ['startup.bootFrom', { startup: { bootFrom: 'floppy' } }], ['startup.bootMenuSeconds', { startup: { bootMenuSeconds: 61 } }], ['startup.bootMenuSeconds', { startup: { bootMenuSeconds: 0.5 } }], ['startup', { startup: { kernel: '/vmlinuz' } }], ['startup', { startup: 'fast' }],
        ['scale.min', { scale: { min: 0, max: 2 } }], ['scale.max', { scale: { min: 1, max: 1001 } }], ['scale.max', { scale: { min: 1 } }],
        ['autoStop.idleMinutes', { autoStop: { idleMinutes: 0 } }], ['autoStop.idleCpuPercent', { autoStop: { idleMinutes: 5, idleCpuPercent: 101 } }],
      ];
      for (const [field, set] of wrong) for (const asked of [DefineInstance.safeParse({ name: 'desk', imageId: SOURCE, ...set }), ModifyInstance.safeParse(set)]) assert.equal(asked.error?.issues[0]?.path.join('.'), field, JSON.stringify(set));
    });
    it('is reached, started and placed as it is defined: no port for one seen by its screen alone, no screen for one reached by its services', async () => {
      const seen = await define({ accessMode: 'console', placementPolicy: 'pack', startup: { bootFrom: 'network', bootMenuSeconds: 3 }, services: [{ name: 'web', port: 80, protocol: 'tcp' }] });
      const asked: Array<string | undefined> = [];
      const { rank } = clc.planDeps;
      clc.planDeps.rank = async (cc, request) => { asked.push(request.policy); return rank(cc, request); };
      await runInstance(clc.deps, seen.id);
      await clc.answerAll('startDomain');
      const [start] = await clc.sent();
      const guest = start?.params['guest'] as { startup?: unknown };
      assert.deepEqual([asked, guest.startup, (await row(seen.id)).network?.doors], [['pack'], { bootFrom: 'network', bootMenuSeconds: 3, clipboard: false }, []]);
      await clc.answerAll();
      assert.ok((await openInstanceConsole(clc.deps, await row(seen.id), ConsoleBody.parse({}))).url);
      await act(seen.id, 'stop');
      await modifyInstance(clc.deps, seen.id, ModifyInstance.parse({ accessMode: 'services', startup: null, placementPolicy: null }), null);
      assert.deepEqual((await row(seen.id)).network?.doors.map(({ name }) => name), ['web'], 'its port is leased with the change');
      await act(seen.id, 'run');
      const now = await row(seen.id);
      assert.deepEqual([now.definition.startup, now.definition.placementPolicy, now.definition.metrics], [null, null, true]);
      await assert.rejects(openInstanceConsole(clc.deps, now, ConsoleBody.parse({})), (e) => hasCode(e, 'SCREEN_CLOSED'));
      assert.equal((await instanceView(clc.deps, now)).aURL, null);
    });
    it('goes only to hosts and clusters of its owner group or of none; a pin to those of others is refused with the field', async () => {
      const of = (id: string, ownerGroup: string | null): Promise<unknown> => clc.deps.store.transaction((tx) => tx.daemons.setHost(id, { ownerGroup }));
      const refusal = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'done', (e: { code: string; data?: { fields?: Array<{ field: string }> } }) => [e.code, e.data?.fields?.[0]?.field]);
      const cluster = (await clc.deps.store.read.daemons.daemons({ role: 'cc' }))[0]!.id;
      const foreign = await define();
      for (const grouped of [NODE, cluster]) {
        await of(grouped, 'school.lab');
        await act(foreign.id, 'run');
        await clc.later(2000); // it is tried twice
        await clc.answerAll();
        const left = await row(foreign.id);
        assert.deepEqual([await at(foreign.id), left.error?.code], ['error/-', 'NO_CAPACITY']);
        assert.match(inWords(left.message, 'en'), /belongs to the owner group school\.lab/);
        assert.deepEqual(await claims(foreign.id), []);
        const field = grouped === NODE ? 'node' : 'cluster';
        assert.deepEqual(await refusal(define({ [field]: grouped })), ['OTHER_OWNER_GROUP', field]);
        assert.deepEqual(await refusal(define({ [field]: grouped, ownerGroup: 'school.lab-2' })), ['OTHER_OWNER_GROUP', field]);
        assert.deepEqual(await refusal(modifyInstance(clc.deps, foreign.id, ModifyInstance.parse({ [field]: grouped }), null)), ['OTHER_OWNER_GROUP', field]);
        const own = await define({ [field]: grouped, ownerGroup: 'school' });
        assert.deepEqual(await refusal(modifyInstance(clc.deps, own.id, ModifyInstance.parse({ ownerGroup: null }), null)), ['OTHER_OWNER_GROUP', field]);
        await act(own.id, 'run');
        assert.equal(await at(own.id), 'active/-');
        await act(own.id, 'delete');
        await of(grouped, null);
      }
      await act(foreign.id, 'run');
      assert.equal(await at(foreign.id), 'active/-');
    });
    it('shows how busy its guest is while it runs, and keeps nothing of one that is not to be measured', async () => {
      const load = { cpuPercent: 12.5, memoryMiB: 300, diskReadBps: 1, diskWrittenBps: 2, netInBps: null, netOutBps: null };
      for (const metrics of [true, false]) {
        const id = await running({ metrics });
        const told: unknown[] = [];
        const end = clc.progress.listen('instance-load', (event) => told.push(event));
        await onInstanceStatus(clc.deps, Envelope.parse({ v: 1, id: `m${seq}`, name: 'insstatus', seq: (seq += 1), source: { node: NODE, epoch: 1 }, body: { full: false, instances: [{ insId: id, vmstatus: 'running', reason: 'inventory', watched: false, load }] } }));
        end();
        assert.deepEqual((await instanceView(clc.deps, await row(id))).load, metrics ? { ...load, at: clc.deps.now() } : null);
        assert.deepEqual([(await clc.progress.get(`load:${id}`)) !== null, told.length], [metrics, metrics ? 1 : 0]);
        await act(id, 'stop');
        assert.equal((await instanceView(clc.deps, await row(id))).load, null);
      }
    });
    it('keeps its image from being deleted, and the advice says what to do', async () => {
      const { id } = await define();
      const advice = (): Promise<unknown> => deleteImage(clc.deps, SOURCE).then(() => 'deleted', (e: { code: string; todo?: unknown }) => [e.code, e.todo]);
      assert.deepEqual(await advice(), ['IMAGE_IN_USE', { code: 'deleteThoseInstances', args: { instance: id } }]);
      await deleteInstance(clc.deps, id);
      assert.equal(await at(id), 'deleted/-');
      assert.equal(await advice(), 'deleted');
    });
    it('is changed while it does not run, only by who has seen it as it is, and not while it runs', async () => {
      const { id, rev } = await define();
      const modify = (set: ModifyInstance, seen: number[] | null = null) => modifyInstance(clc.deps, id, ModifyInstance.parse(set), seen);
      assert.equal((await modify({ memoryMiB: 2048, name: 'other' }, [rev])).rev, rev + 1);
      await assert.rejects(modify({ cpus: 2 }, [rev]), (e) => hasCode(e, 'PRECONDITION_FAILED'));
      await act(id, 'run');
      const started = await clc.deps.store.read.instances.instance(id);
      assert.equal(started?.memoryMiB, 2048);
      await assert.rejects(modify({ cpus: 2 }), (e) => hasCode(e, 'WRONG_STATE'));
    });
  });

  describe('what its guest is told at its first start', () => {
    const SECRET = 'not even its owner reads this again';
    const seedOf = (sent: Sent | undefined): string => String((sent?.params['guest'] as { seed?: string } | undefined)?.seed ?? '');
    beforeEach(() => clc.deps.store.transaction(async (tx) => void (await tx.daemons.setSecretHash(NODE, createHash('sha256').update('of node-1').digest('hex')))));

    it('goes with the start in a box that only its node opens, the password as its hash; nothing of it is shown', async () => {
      const { id, definition } = await define({ cloudInit: { hostname: 'web-1', password: SECRET, userData: `#!/bin/sh\n# ${SECRET}` } });
      assert.deepEqual(definition.cloudInit, { hostname: 'web-1', user: null, hasPassword: true, sshKeys: 0, userDataBytes: 12 + SECRET.length });
      await runInstance(clc.deps, id);
      await clc.answerAll('startDomain');
      const [start] = await clc.sent();
      assert.ok(!JSON.stringify(start?.envelope).includes('web-1'));
      const seed = JSON.parse(openBox('of node-1', id, seedOf(start))) as { hostname: string; passwordHash: string; userData: string };
      assert.deepEqual([seed.hostname, seed.userData], ['web-1', `#!/bin/sh\n# ${SECRET}`]);
      assert.ok(seed.passwordHash.startsWith('$6$') && !seed.passwordHash.includes(SECRET));
      assert.ok(!JSON.stringify(await row(id)).includes(SECRET));
      await clc.answerAll();
      await act(id, 'stop');
      await modifyInstance(clc.deps, id, ModifyInstance.parse({ cloudInit: { hostname: 'web-2' } }), null);
      await runInstance(clc.deps, id);
      const again = JSON.parse(openBox('of node-1', id, seedOf((await clc.sent())[0]))) as { hostname: string; passwordHash: string };
      assert.deepEqual([again.hostname, again.passwordHash], ['web-2', seed.passwordHash]);
    });
    it('is nothing when nothing is said, or no more, and goes with the instance', async () => {
      const plain = await define();
      const { id } = await define({ cloudInit: { hostname: 'web-1' } });
      const { userInstances } = clc.deps.store.read;
      assert.deepEqual([await userInstances.seed(plain.id), (await userInstances.seed(id))?.hostname], [null, 'web-1']);
      assert.equal((await modifyInstance(clc.deps, id, ModifyInstance.parse({ cloudInit: null }), null)).definition.cloudInit, null);
      await runInstance(clc.deps, id);
      await clc.answerAll('startDomain');
      assert.equal(seedOf((await clc.sent())[0]), '');
      await clc.answerAll();
      await act(id, 'stop');
      await modifyInstance(clc.deps, id, ModifyInstance.parse({ cloudInit: { hostname: 'web-1' } }), null);
      await act(id, 'delete');
      assert.equal(await userInstances.seed(id), null);
    });
  });

  describe('its disk', () => {
    it('is kept when it is persistent: the second run finds it where it is', async () => {
      const id = await running();
      assert.deepEqual(await claims(id), ['disk', 'compute']);
      assert.deepEqual(await act(id, 'stop'), ['stopDomain']);
      assert.equal(await at(id), 'stopped/-');
      assert.deepEqual(await claims(id), ['disk']);
      assert.deepEqual(await act(id, 'run'), ['startDomain']);
      assert.equal(await at(id), 'active/-');
    });
    it('is as large as was wanted, and so is its claim', async () => {
      const { id } = await define({ diskGiB: 5 });
      await runInstance(clc.deps, id);
      const clone = (await clc.answerAll('startDomain')).find((sent) => sent.job === 'cloneDisk');
      assert.equal(clone?.params['sizeBytes'], 5 * GIB);
      assert.equal((await clc.deps.store.read.ledger.usage(NODE))?.used.diskBytes, 5 * GIB);
    });
    it('is thrown away at the stop when it is temporary', async () => {
      const id = await running({ kind: 'rvd', lifetime: 'temporary' });
      assert.deepEqual(await act(id, 'stop'), ['stopDomain', ...AWAY]);
      assert.equal(await at(id), 'initialized/-');
      assert.deepEqual(await claims(id), []);
      assert.deepEqual([(await row(id)).madeFrom, (await clc.deps.store.read.instances.instance(id))?.ncId], [null, null]);
      assert.deepEqual(await act(id, 'run'), AGAIN);
    });
    it('is thrown away as well when the guest of a temporary one powers itself off', async () => {
      const id = await running({ kind: 'rvd', lifetime: 'temporary' });
      await tell(id, 'stopped', 'shutdown');
      assert.deepEqual((await clc.answerAll()).map((sent) => sent.job), ['stopDomain', ...AWAY]);
      assert.equal(await at(id), 'initialized/-');
    });
    it('is made anew at each run when it is assigned, from the newest version unless one is pinned', async () => {
      const id = await running({ kind: 'rvd', lifetime: 'assigned' });
      assert.equal((await row(id)).madeFrom, 1);
      assert.deepEqual(await act(id, 'stop'), ['stopDomain'], 'it stays until the next run');
      await clc.deps.store.transaction((tx) => tx.images.reserveVersion(versionRow(SOURCE, { state: 'available', sha256: 'b'.repeat(64), sizeBytes: 1000, virtualSizeBytes: 2 * GIB, format: 'qcow2', walrusId: 'walrus-00000001' })));
      assert.deepEqual(await act(id, 'run'), [...AWAY, ...FIRST]);
      assert.deepEqual([(await row(id)).madeFrom, (await row(id)).diskBytes], [2, 2 * GIB]);
      await act(id, 'stop');
      await modifyInstance(clc.deps, id, ModifyInstance.parse({ imageVersion: 1 }), null);
      await act(id, 'run');
      assert.equal((await row(id)).madeFrom, 1);
    });
    it('is thrown away by a reset, and made anew by the next run', async () => {
      const id = await running();
      await act(id, 'stop');
      assert.deepEqual(await act(id, 'reset'), AWAY);
      assert.equal(await at(id), 'initialized/-');
      assert.deepEqual(await claims(id), []);
      assert.deepEqual(await act(id, 'run'), AGAIN);
    });
  });

  describe('its data disk', () => {
    const FIRST_WITH_DATA = [...FIRST.slice(0, 3), 'makeDataDisk', 'startDomain'];
    const AGAIN_WITH_DATA = ['cloneDisk', 'makeDataDisk', 'startDomain'];
    const placed = async (id: string): Promise<string | null> => (await clc.deps.store.read.instances.instance(id))?.ncId ?? null;
    const used = async (): Promise<number | undefined> => (await clc.deps.store.read.ledger.usage(NODE))?.used.diskBytes;

    it('has room of its own claimed with the choice of the node, and is there before the first start', async () => {
      const { id } = await define({ dataDiskGiB: 10, lifetime: 'persistent' });
      assert.deepEqual(await act(id, 'run'), FIRST_WITH_DATA);
      assert.deepEqual([await claims(id), await used()], [['disk', 'data', 'compute'], 11 * GIB]);
      await act(id, 'stop');
      assert.deepEqual(await act(id, 'run'), ['makeDataDisk', 'startDomain']);
    });
    it('stays with its node when the system disk is thrown away: by a stop, a reset, or the run of an assigned one, which comes back to it', async () => {
      for (const [lifetime, off] of [['temporary', 'stop'], ['assigned', 'stop'], ['persistent', 'reset']] as const) {
        const id = await running({ kind: 'rvd', lifetime, dataDiskGiB: 10 });
        await act(id, 'stop');
        if (off === 'reset') await act(id, 'reset');
        assert.deepEqual([await claims(id), await placed(id)], [lifetime === 'assigned' ? ['disk', 'data'] : ['data'], NODE], lifetime);
        await runInstance(clc.deps, id);
        const sent = await clc.answerAll();
        assert.deepEqual(sent.map((s) => s.job), [...AWAY, ...AGAIN_WITH_DATA], lifetime);
        assert.equal(sent[0]?.params['keepData'], true);
        assert.deepEqual([await at(id), await claims(id)], ['active/-', ['disk', 'data', 'compute']]);
        await act(id, 'delete');
        assert.deepEqual([await claims(id), await placed(id), await used()], [[], null, 0], lifetime);
      }
    });
    it('goes with a reset that names it, and with the deletion', async () => {
      const id = await running({ dataDiskGiB: 10 });
      await act(id, 'stop');
      await resetInstance(clc.deps, id, { data: true });
      assert.equal((await clc.answerAll())[0]?.params['keepData'], undefined);
      assert.deepEqual([await claims(id), await placed(id), (await row(id)).message.code], [[], null, 'instanceResetData']);
    });
    it('leaves nothing when the first run fails, and stays when a later one does', async () => {
      const first = await define({ dataDiskGiB: 10 });
      await runInstance(clc.deps, first.id);
      const made = (await clc.answerAll('startDomain')).find((s) => s.job === 'makeDataDisk');
      assert.equal(made?.params['removable'], true);
      await clc.answer(broken);
      assert.ok((await clc.answerAll()).some((s) => s.op === 'undo' && s.job === 'makeDataDisk'));
      assert.deepEqual([await claims(first.id), await placed(first.id)], [[], null]);

      const id = await running({ kind: 'rvd', lifetime: 'temporary', dataDiskGiB: 10 });
      await act(id, 'stop');
      await runInstance(clc.deps, id);
      assert.equal((await clc.answerAll('startDomain')).find((s) => s.job === 'makeDataDisk')?.params['removable'], false);
      await clc.answer(broken);
      await clc.answerAll();
      assert.deepEqual([await at(id), await claims(id), await placed(id), (await row(id)).madeFrom, (await row(id)).kept], ['error/-', ['data'], NODE, null, null]);
      assert.deepEqual(await act(id, 'run'), [...AWAY, ...AGAIN_WITH_DATA]);
    });
    it('grows at the next run, as far as its node has room; it never shrinks', async () => {
      const id = await running({ dataDiskGiB: 10 });
      await act(id, 'stop');
      const modify = (dataDiskGiB: number) => modifyInstance(clc.deps, id, ModifyInstance.parse({ dataDiskGiB }), null);
      for (const smaller of [0, 9]) await assert.rejects(modify(smaller), (e: { code: string; data?: { fields?: Array<{ field: string }> } }) => e.code === 'BAD_REQUEST' && e.data?.fields?.[0]?.field === 'dataDiskGiB');
      await modify(20);
      await runInstance(clc.deps, id);
      assert.equal((await clc.answerAll())[0]?.params['sizeBytes'], 20 * GIB);
      assert.equal(await used(), 21 * GIB);
      await act(id, 'stop');
      await modify(80);
      await clc.deps.store.transaction((tx) => tx.ledger.setLimits(NODE, { cpus: 8, memoryMiB: 8192, diskBytes: 50 * GIB }));
      await runInstance(clc.deps, id);
      await clc.sent();
      assert.deepEqual([(await row(id)).error?.code, await used(), await claims(id)], ['NO_CAPACITY', 21 * GIB, ['disk', 'data']]);
    });
  });

  describe('a run that fails', () => {
    it('leaves nothing when it was the first, says why, and can be repeated', async () => {
      const { id } = await define();
      await runInstance(clc.deps, id);
      await clc.answerAll('startDomain');
      await clc.answer(broken);
      assert.deepEqual((await clc.answerAll()).map((s) => `${s.op} ${s.job}`), ['undo startDomain', 'undo cloneDisk', 'undo fetchImage', 'undo cacheImage']);
      const failed = await row(id);
      assert.deepEqual([failed.vmState, failed.taskState, failed.error?.code, failed.failedAction, failed.kept, failed.madeFrom], ['error', null, 'HYPERVISOR_FAILED', 'run', null, null]);
      assert.deepEqual(await claims(id), []);
      assert.equal((await clc.deps.store.read.instances.instance(id))?.ncId, null);
      assert.deepEqual(await act(id, 'run'), AGAIN);
      assert.equal(await at(id), 'active/-');
    });
    it('has its image fetched when the node, which had it, has thrown it out meanwhile; what was pinned there goes when it fails', async () => {
      await running();
      const { id } = await define();
      await runInstance(clc.deps, id);
      const asked = await clc.answer({ code: 'IMAGE_NOT_READY', message: 'not here any more', retryable: true });
      assert.deepEqual([asked.job, asked.params['pins']], ['cloneDisk', true]);
      await clc.later(2000);
      const again = await clc.answerAll('startDomain');
      assert.deepEqual(again.map((s) => [s.job, s.params['pins'] ?? false]), [['cacheImage', false], ['fetchImage', false], ['cloneDisk', false]]);
      assert.equal(await at(id), 'initialized/spawning');
      await clc.answer(broken);
      assert.deepEqual((await clc.answerAll()).map((s) => `${s.op} ${s.job}`), ['undo startDomain', 'undo cloneDisk', 'undo fetchImage', 'undo cacheImage']);
      await runInstance(clc.deps, id);
      await clc.answerAll('startDomain');
      await clc.answer(broken);
      assert.deepEqual((await clc.answerAll()).map((s) => [`${s.op} ${s.job}`, s.params['pins'] ?? false]), [['undo startDomain', false], ['undo cloneDisk', true]]);
    });
    it('tells the node that the disk may go although it was started once', async () => {
      const { id } = await define();
      await runInstance(clc.deps, id);
      const asked = await clc.answerAll('startDomain');
      assert.equal(asked.find((s) => s.job === 'cloneDisk')?.params['removedEvenBooted'], true);
      assert.equal(id, asked[0]?.params['insId']);
    });
    it('keeps the disk that was there', async () => {
      const id = await running();
      await act(id, 'stop');
      await runInstance(clc.deps, id);
      await clc.answer(broken);
      assert.deepEqual((await clc.answerAll()).map((s) => `${s.op} ${s.job}`), ['undo startDomain']);
      const failed = await row(id);
      assert.deepEqual([failed.vmState, failed.kept?.where, failed.madeFrom], ['error', 'node-1', 1]);
      assert.deepEqual(await claims(id), ['disk']);
    });
  });

  describe('what is asked at the wrong moment', () => {
    it('is refused with the state it is in and what is allowed, and changes nothing', async () => {
      const defined = await define();
      const active = await running();
      const paused = await running();
      await act(paused, 'pause');
      const off = await running();
      await act(off, 'stop');
      const expected: Record<string, readonly InstanceAction[]> = { [defined.id]: ['run', 'delete'], [active]: ['stop', 'reboot', 'pause', 'suspend', 'extend', 'delete'], [paused]: ['unpause', 'suspend', 'stop', 'extend', 'delete'], [off]: ['run', 'reset', 'delete'] };
      for (const [id, allowed] of Object.entries(expected)) {
        const before = await row(id);
        for (const action of INSTANCE_ACTIONS) {
          if (action === 'modify' || allowed.includes(action)) continue;
          await assert.rejects(ACT[action](id), (e: { code: string; message: string }) => e.code === 'WRONG_STATE' && e.message.includes(`${before.vmState}/-`), `${action} at ${before.vmState}`);
        }
        assert.deepEqual(await row(id), before);
      }
    });
    it('is refused while something is under way, and names it', async () => {
      const { id } = await define();
      await runInstance(clc.deps, id);
      await assert.rejects(ACT.run(id), (e: { code: string; message: string }) => e.code === 'WRONG_STATE' && e.message.includes('initialized/'));
    });
  });

  it('shows how far it is from the beginning of each action on, and never goes back within one', async () => {
    const { id } = await define({ kind: 'rvd', lifetime: 'assigned' });
    const seen: number[] = [];
    const follow = async (): Promise<number[]> => {
      seen.splice(0);
      for (;;) {
        seen.push((await row(id)).progress);
        if ((await clc.sent()).length === 0) return seen;
        await clc.answer();
      }
    };
    for (const action of ['run', 'stop', 'run'] as const) {
      await ACT[action](id);
      const steps = await follow();
      assert.ok((steps[0] ?? 100) < 10, `${action} begins at ${steps[0]}`);
      assert.deepEqual(steps, [...steps].sort((a, b) => a - b), action);
      assert.equal(steps.at(-1), 100);
    }
  });

  it('restarts, pauses and goes on where it is', async () => {
    const id = await running();
    assert.deepEqual(await act(id, 'reboot'), ['rebootDomain']);
    assert.equal(inWords((await row(id)).message, 'en'), 'running again; the guest powered off on the ACPI request');
    assert.deepEqual(await act(id, 'pause'), ['pauseDomain']);
    assert.deepEqual([await at(id), await claims(id)], ['paused/-', ['disk', 'compute']]);
    assert.deepEqual(await act(id, 'unpause'), ['unpauseDomain']);
    assert.equal(await at(id), 'active/-');
    await pauseInstance(clc.deps, id);
    await clc.answer(broken);
    assert.deepEqual([await at(id), (await row(id)).failedAction], ['active/-', 'pause']);
  });

  describe('shut down by itself', () => {
    const MINUTE = 60_000;
    const look = async (): Promise<string[]> => autoStopRound({ ...clc.deps, saga: clc.engine });
    it('is told before, can be put off, and is then stopped as by its owner, with the reason; the next run begins anew', async () => {
      const id = await running({ autoStop: { afterMinutes: 60 } });
      assert.deepEqual([await look(), (await row(id)).autoStopAt], [[], null]);
      await clc.later(50 * MINUTE);
      assert.deepEqual(await look(), []);
      const told = await row(id);
      assert.deepEqual([told.message.code, told.autoStopAt], ['autoStopSoon', (told.startedAt ?? 0) + 60 * MINUTE]);
      assert.equal((await extendInstance(clc.deps, id, { minutes: 30 })).message.code, 'instanceRuns');
      await clc.later(15 * MINUTE);
      assert.deepEqual([await look(), (await row(id)).autoStopAt], [[], null]);
      await clc.later(15 * MINUTE);
      await look();
      await clc.later(10 * MINUTE);
      assert.deepEqual(await look(), [id]);
      assert.deepEqual(await look(), [], 'once');
      assert.deepEqual((await clc.answerAll()).map((s) => s.job), ['stopDomain']);
      assert.match(inWords((await row(id)).message, 'en'), /by itself \(it has run as long as it shall\)/);
      await act(id, 'run');
      assert.deepEqual([(await row(id)).autoStopAt, (await row(id)).extendedUntil, await look()], [null, null, []]);
    });
    it('R135 is tried again only some time later when it failed, and says so; it can be put off meanwhile', async () => {
      const id = await running({ autoStop: { afterMinutes: 60, warnMinutes: 1 } });
      await clc.later(59 * MINUTE);
      await look();
      await clc.later(MINUTE);
      assert.deepEqual(await look(), [id]);
      assert.equal((await clc.answer(broken)).job, 'stopDomain');
      await clc.answerAll();
      const left = await row(id);
      assert.deepEqual([await at(id), left.message.code, left.error?.code, left.autoStopAt], ['active/-', 'autoStopFailed', broken.code, clc.deps.now() + 10 * MINUTE]);
      assert.deepEqual(await look(), []);
      await ACT.extend(id);
      assert.equal((await row(id)).message.code, 'instanceRuns');
      await clc.later(10 * MINUTE);
      assert.deepEqual(await look(), []);
    });
    it('R136 of one that cannot be keeps no other waiting', async () => {
      const ids = [await running({ autoStop: { afterMinutes: 60 } }), await running({ autoStop: { afterMinutes: 60 } })].sort();
      await clc.later(60 * MINUTE);
      await look();
      await clc.later(10 * MINUTE);
      let refused = '';
      const saga: typeof clc.engine = { ...clc.engine, start: async (tx, plan) => { if (refused === '') { refused = plan.subject; throw new CloudError('STEP_IN_PROGRESS', 'busy'); } return clc.engine.start(tx, plan); } };
      const [stopped, ...more] = await autoStopRound({ ...clc.deps, saga });
      assert.ok(stopped && ids.includes(stopped) && !refused.endsWith(stopped) && more.length === 0);
      assert.deepEqual((await clc.answerAll()).map((s) => s.job), ['stopDomain']);
      assert.deepEqual(await look(), ids.filter((id) => id !== stopped), 'it is looked at again');
    });
    const work = (id: string, said: { watched?: boolean; cpuPercent?: number; netOutBps?: number; reason?: string }) => onInstanceStatus(clc.deps, Envelope.parse({
      v: 1, id: `m${seq}`, name: 'insstatus', seq: (seq += 1), source: { node: NODE, epoch: 1 },
      body: { full: false, instances: [{ insId: id, vmstatus: 'running', reason: said.reason ?? 'inventory', ...(said.watched === undefined ? {} : { watched: said.watched }), ...(said.cpuPercent === undefined ? {} : { load: { cpuPercent: said.cpuPercent, memoryMiB: 64, diskReadBps: 0, diskWrittenBps: 0, netInBps: 50_000, netOutBps: said.netOutBps ?? 300 } }) }] },
    }));
    /** So many minutes in which its node says each minute that nothing happens. */
    const idles = async (id: string, minutes: number): Promise<void> => {
      for (let i = 0; i < minutes; i += 1) {
        await clc.later(MINUTE);
        await work(id, { watched: false, cpuPercent: 0.4 });
      }
    };
    it('when nobody uses it: is told before, goes on when somebody comes to its screen or it has work to do, and is stopped with the reason', async () => {
      const id = await running({ autoStop: { idleMinutes: 30 } });
      await idles(id, 20);
      assert.deepEqual([await look(), (await row(id)).autoStopAt], [[], null]);
      await idles(id, 1);
      await look();
      const told = await row(id);
      assert.deepEqual([told.message.code, told.autoStopAt], ['autoStopSoon', (told.idleSince ?? 0) + 30 * MINUTE]);
      assert.match(inWords(told.message, 'en'), /nobody uses it; it can be put off/);
      for (const used of [{ watched: true }, { watched: false, cpuPercent: 5 }]) {
        await work(id, used);
        await look();
        assert.deepEqual([(await row(id)).message.code, (await row(id)).autoStopAt, (await row(id)).idleSince], ['instanceRuns', null, null], JSON.stringify(used));
        await idles(id, 22);
        await look();
        assert.equal((await row(id)).message.code, 'autoStopSoon', 'told anew');
      }
      await idles(id, 10);
      assert.deepEqual(await look(), [id]);
      assert.deepEqual((await clc.answerAll()).map((s) => s.job), ['stopDomain']);
      assert.match(inWords((await row(id)).message, 'en'), /by itself \(nobody uses it\)/);
    });
    it('R181 when nobody uses it: it is used also by whoever keeps a part of one of its many processors busy, or sends something, without a screen of the cloud', async () => {
      const id = await running({ cpus: 4, autoStop: { idleMinutes: 30 } });
      for (const used of [{ watched: false, cpuPercent: 2 }, { watched: false, cpuPercent: 0.4, netOutBps: 2_000 }]) {
        await idles(id, 5);
        assert.notEqual((await row(id)).idleSince, null, 'what all of the classroom hear is no use of it');
        await work(id, used);
        assert.equal((await row(id)).idleSince, null, JSON.stringify(used));
      }
    });
    it('when nobody uses it: not while its node is silent or cannot tell, nor while it is paused; then it counts from when its node speaks again', async () => {
      const id = await running({ autoStop: { idleMinutes: 30, warnMinutes: 1 } });
      await idles(id, 28);
      await clc.later(10 * MINUTE);
      assert.deepEqual([await look(), (await row(id)).autoStopAt], [[], null], 'silent');
      await idles(id, 1);
      assert.equal((await row(id)).idleSince, clc.deps.now(), 'from now on');
      await idles(id, 29);
      await look();
      assert.equal((await row(id)).message.code, 'autoStopSoon');
      await clc.later(10 * MINUTE);
      assert.deepEqual([await look(), (await row(id)).message.code], [[], 'instanceRuns'], 'told, then silent');
      for (const untold of [{ watched: false }, { watched: false, cpuPercent: 0, reason: 'io-error' }, {}]) {
        for (let i = 0; i < 40; i += 1) {
          await clc.later(MINUTE);
          await work(id, untold);
        }
        assert.deepEqual([await look(), (await row(id)).autoStopAt], [[], null], JSON.stringify(untold));
      }
      await act(id, 'pause');
      await idles(id, 40);
      assert.deepEqual([await look(), (await row(id)).autoStopAt], [[], null], 'paused');
    });
    it('when nobody uses it: can be put off also while it is used, and begins anew with the next run', async () => {
      const id = await running({ autoStop: { idleMinutes: 30, warnMinutes: 0 } });
      assert.equal((await extendInstance(clc.deps, id, { minutes: 60 })).extendedUntil, clc.deps.now() + 60 * MINUTE);
      await idles(id, 45);
      assert.deepEqual([await look(), (await row(id)).autoStopAt], [[], null]);
      await idles(id, 15);
      await look();
      assert.deepEqual(await look(), [id]);
      await clc.answerAll();
      await act(id, 'run');
      assert.deepEqual([await look(), (await row(id)).autoStopAt], [[], null]);
    });
    it('R189 is put off from now where its node, silent since, once said that nobody uses it', async () => {
      const id = await running({ autoStop: { idleMinutes: 480, warnMinutes: 0 } });
      await idles(id, 5);
      assert.notEqual((await row(id)).idleSince, null);
      await clc.later(25 * MINUTE);
      assert.equal((await extendInstance(clc.deps, id, { minutes: 60 })).extendedUntil, clc.deps.now() + 60 * MINUTE);
    });
    it('is not put off when it does not, and no more when that was taken out', async () => {
      const plain = await running();
      await assert.rejects(ACT.extend(plain), (e) => hasCode(e, 'BAD_REQUEST'));
      const id = await running({ autoStop: { at: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], time: '18:00' }] } });
      await act(id, 'stop');
      await modifyInstance(clc.deps, id, ModifyInstance.parse({ autoStop: null }), null);
      await act(id, 'run');
      await clc.later(48 * 60 * MINUTE);
      assert.deepEqual(await look(), []);
    });
  });

  describe('suspended', () => {
    const suspended = async (set: Partial<DefineInstance> = {}): Promise<string> => {
      const id = await running(set);
      assert.deepEqual(await act(id, 'suspend'), ['suspendDomain']);
      return id;
    };
    it('gives CPU and memory back and has room for its memory instead; resumed it is the other way round', async () => {
      const id = await suspended();
      assert.deepEqual([await at(id), await claims(id)], ['suspended/-', ['disk', 'saved']]);
      assert.equal((await clc.deps.store.read.ledger.usage(NODE))?.used.diskBytes, GIB + 512 * 2 ** 20);
      await tell(id, 'stopped', 'inventory');
      assert.equal(await at(id), 'suspended/-', 'that nothing of it runs is no news');
      assert.deepEqual(await act(id, 'resume'), ['resumeDomain']);
      assert.deepEqual([await at(id), await claims(id)], ['active/-', ['disk', 'compute']]);
      await act(id, 'pause');
      await act(id, 'suspend');
      assert.equal(await at(id), 'suspended/-', 'also when it was paused');
    });
    it('R195 with a clipboard is refused before anything begins: QEMU cannot save its channel', async () => {
      const id = await running({ startup: { bootFrom: 'disk', bootMenuSeconds: 0, clipboard: true } });
      await assert.rejects(suspendInstance(clc.deps, id), (e) => hasCode(e, 'CONFLICT'));
      assert.equal(await at(id), 'active/-');
    });
    it('goes on as it was when its memory cannot be saved, or has no room', async () => {
      const id = await running();
      await suspendInstance(clc.deps, id);
      await clc.answer(broken);
      assert.deepEqual((await clc.answerAll()).map((s) => `${s.op} ${s.job}`), ['undo suspendDomain']);
      assert.deepEqual([await at(id), (await row(id)).failedAction, await claims(id)], ['active/-', 'suspend', ['disk', 'compute']]);
      await clc.deps.store.transaction((tx) => tx.ledger.setLimits(NODE, { cpus: 8, memoryMiB: 8192, diskBytes: GIB }));
      await suspendInstance(clc.deps, id);
      await clc.sent();
      assert.deepEqual([await at(id), (await row(id)).error?.code, await claims(id)], ['active/-', 'NO_CAPACITY', ['disk', 'compute']]);
    });
    it('stays saved when it cannot go on, and can be asked again, stopped or deleted', async () => {
      const id = await suspended();
      await resumeInstance(clc.deps, id);
      await clc.answer(broken);
      assert.deepEqual((await clc.answerAll()).map((s) => `${s.op} ${s.job}`), ['undo resumeDomain']);
      assert.deepEqual([await at(id), (await row(id)).failedAction, await claims(id)], ['suspended/-', 'resume', ['disk', 'saved']]);
      assert.deepEqual(await act(id, 'stop'), ['stopDomain']);
      assert.deepEqual([await at(id), await claims(id)], ['stopped/-', ['disk']]);
      const other = await suspended();
      await act(other, 'delete');
      assert.deepEqual([await at(other), await claims(other)], ['deleted/-', []]);
      const temporary = await suspended({ kind: 'rvd', lifetime: 'temporary' });
      assert.deepEqual(await act(temporary, 'stop'), ['stopDomain', ...AWAY]);
      assert.deepEqual([await at(temporary), await claims(temporary)], ['initialized/-', []]);
    });
    it('R131 is paused again when it was paused and its memory cannot be saved', async () => {
      const id = await running();
      await act(id, 'pause');
      await suspendInstance(clc.deps, id);
      await clc.answer(broken);
      assert.deepEqual((await clc.answerAll()).map((s) => [s.op, s.job, s.params['paused']]), [['undo', 'suspendDomain', true]]);
      assert.equal(await at(id), 'paused/-');
      const { id: other } = await row(await running());
      await suspendInstance(clc.deps, other);
      assert.equal((await clc.sent())[0]?.params['paused'], undefined);
    });
    it('R132 is off, with its disk, when nothing is saved of it any more, and can be run', async () => {
      const id = await suspended();
      await resumeInstance(clc.deps, id);
      const said = say('nothingSaved', { instance: id });
      await clc.answer({ code: 'NOT_FOUND', message: inWords(said, 'en'), why: said, retryable: false });
      await clc.answerAll();
      assert.deepEqual([await at(id), (await row(id)).message.code, await claims(id)], ['stopped/-', 'instanceMemoryLost', ['disk']]);
      assert.deepEqual(await act(id, 'run'), ['startDomain']);
    });
    it('waits where it is when its node is declared switched off', async () => {
      const id = await suspended();
      await clc.daemon(NODE, { state: 'down' });
      await fenceNode({ ...clc.deps, liveness: { registered: () => undefined } }, NODE, 'admin');
      assert.deepEqual([await at(id), await claims(id)], ['suspended/-', ['disk', 'saved']]);
      await resumeInstance(clc.deps, id);
      await clc.answerAll('stopGuests');
      assert.deepEqual([await at(id), (await row(id)).error?.code], ['suspended/-', 'NODE_FENCED']);
    });
  });

  describe('deleted', () => {
    for (const job of FIRST as JobName[]) {
      it(`while ${job} is under way leaves nothing`, async () => {
        const { id } = await define();
        await runInstance(clc.deps, id);
        await clc.answerAll(job);
        await deleteInstance(clc.deps, id);
        const jobs = (await clc.answerAll()).filter((sent: Sent) => (sent.envelope.body as { plan: number }).plan === 2).map((sent) => sent.job);
        assert.deepEqual(jobs, AWAY);
        assert.deepEqual([await at(id), await claims(id)], ['deleted/-', []]);
        assert.notEqual((await clc.deps.store.read.instances.instance(id))?.deletedAt, null);
        await assert.rejects(ACT.run(id), (e) => hasCode(e, 'NOT_FOUND'));
      });
    }
    it('waits for a node that is away, is in error meanwhile, and goes on when it is back', async () => {
      const id = await running();
      await deleteInstance(clc.deps, id);
      await clc.later(2 * 3_600_000);
      assert.equal(await at(id), 'active/stuck');
      await clc.engine.onDaemonRegistered(NODE);
      await clc.answerAll();
      assert.equal(await at(id), 'deleted/-');
    });
    it('does not stand in lists any more', async () => {
      const { id } = await define();
      await deleteInstance(clc.deps, id);
      const { userInstances } = clc.deps.store.read;
      assert.deepEqual((await userInstances.userInstances({ limit: 5 })).items, []);
      assert.deepEqual((await userInstances.userInstances({ limit: 5, status: 'DELETED' })).items.map((one) => one.id), [id]);
    });
  });

  describe('what its node says', () => {
    it('of a guest that powered itself off makes it off, and its CPU and memory go back', async () => {
      const id = await running();
      await tell(id, 'stopped', 'shutdown');
      assert.deepEqual([await at(id), (await row(id)).message.code, await claims(id)], ['stopped/-', 'instancePoweredOff', ['disk']]);
    });
    it('of one that crashed makes it an error with the reason; it can be run again', async () => {
      const id = await running();
      await tell(id, 'stopped', 'crashed');
      assert.deepEqual([await at(id), (await row(id)).error?.code, await claims(id)], ['error/-', 'HYPERVISOR_FAILED', ['disk']]);
      assert.deepEqual([(await row(id)).message.code, (await row(id)).error?.todo?.code], ['instanceBroke', 'whyItBroke']);
      assert.deepEqual(await act(id, 'run'), ['startDomain']);
    });
    it('R180 of an assigned one that crashed says that its next run makes its disk anew, and how to keep it', async () => {
      const id = await running({ kind: 'rvd', lifetime: 'assigned' });
      await tell(id, 'stopped', 'crashed');
      assert.deepEqual([(await row(id)).message.code, (await row(id)).error?.todo?.code], ['instanceBrokeAnew', 'keepBrokenDisk']);
      await modifyInstance(clc.deps, id, ModifyInstance.parse({ lifetime: 'persistent' }), null);
      assert.deepEqual(await act(id, 'run'), ['startDomain'], 'with the disk that it had');
    });
    it('of a disk that is full is told and taken back', async () => {
      const id = await running();
      await tell(id, 'running', 'io-error');
      assert.equal((await row(id)).message.code, 'guestPausedDiskFull');
      await tell(id, 'running', 'resumed');
      assert.equal((await row(id)).message.code, 'instanceRuns');
    });
    it('while something is done with it decides nothing', async () => {
      const id = await running();
      await stopInstance(clc.deps, id, stop);
      await tell(id, 'stopped', 'shutdown');
      assert.equal(await at(id), 'active/powering-off');
      await clc.answerAll();
      assert.equal(await at(id), 'stopped/-');
    });
    it('that it holds a running instance is no orphan; what the instance threw away there is one that goes, booted or not', async () => {
      const id = await running();
      const inventory = (n: number): Promise<void> => onInventory(clc.deps, Envelope.parse({ v: 1, id: `i${n}`, name: 'inventory', seq: 900 + n, source: { node: NODE, epoch: 1 }, body: { items: [{ kind: 'instance', name: id, holds: ['domain', 'disk'], running: n === 1, booted: true }] } }));
      await inventory(1);
      assert.deepEqual(await clc.deps.store.read.orphans.orphans(), []);
      await act(id, 'stop');
      await act(id, 'reset');
      await inventory(2);
      assert.deepEqual((await clc.deps.store.read.orphans.orphans()).map((o) => [o.name, o.kept, o.ended]), [[id, null, true]]);
    });
  });

  it('R134 whose disk was thrown away by a run that failed then has none to start from: it gets a new one, also when it was made persistent meanwhile', async () => {
    const id = await running({ kind: 'rvd', lifetime: 'assigned' });
    await act(id, 'stop');
    await runInstance(clc.deps, id);
    assert.equal((await clc.answer()).job, 'discardInstance');
    assert.equal((await clc.answer(broken)).job, 'discardStaging');
    await clc.answerAll();
    assert.deepEqual([await at(id), await claims(id), (await row(id)).kept], ['error/-', [], null]);
    await modifyInstance(clc.deps, id, ModifyInstance.parse({ lifetime: 'persistent' }), null);
    assert.deepEqual(await act(id, 'run'), [...AWAY, ...AGAIN]);
    assert.equal(await at(id), 'active/-');
  });

  it('ends with its node when that is declared switched off: off with its disk there, a temporary one thrown away; neither starts there before it is back', async () => {
    const kept = await running();
    const temporary = await running({ kind: 'rvd', lifetime: 'temporary' });
    await clc.daemon(NODE, { state: 'down' });
    await fenceNode({ ...clc.deps, liveness: { registered: () => undefined } }, NODE, 'admin');
    await clc.answerAll('stopGuests');
    assert.deepEqual([await at(kept), (await row(kept)).message.code, await claims(kept)], ['stopped/-', 'instanceNodeOff', ['disk']]);
    assert.deepEqual([await at(temporary), await claims(temporary)], ['initialized/-', []]);
    await runInstance(clc.deps, kept);
    await clc.sent();
    assert.deepEqual([await at(kept), (await row(kept)).error?.code], ['error/-', 'NODE_FENCED']);
  });

  for (const action of ['reboot', 'pause', 'unpause', 'suspend'] as const) {
    it(`R124 ends with its node also in the middle of its ${action}: nothing runs, CPU and memory are given back, and nobody waits`, async () => {
      const kept = await running();
      const temporary = await running({ kind: 'rvd', lifetime: 'temporary' });
      for (const id of [kept, temporary]) {
        if (action === 'unpause') await act(id, 'pause');
      }
      for (const id of [kept, temporary]) await ACT[action](id);
      assert.equal((await clc.sent()).length, 2);
      await clc.daemon(NODE, { state: 'down' });
      await fenceNode({ ...clc.deps, liveness: { registered: () => undefined } }, NODE, 'admin');
      // The answers came too late, or never.
      await clc.answerAll('stopGuests');
      assert.deepEqual([await at(kept), (await row(kept)).message.code, await claims(kept)], ['stopped/-', 'instanceNodeOff', ['disk']]);
      assert.deepEqual([await at(temporary), await claims(temporary)], ['initialized/-', []]);
    });
  }

  it('starts a class of 40 at once on nodes that hold 30: exactly 30 run, 10 are refused with the reason, and no node is over its limit', async () => {
    const nodes = [NODE, daemonRow(11).id, daemonRow(12).id];
    await clc.deps.store.transaction(async (tx) => {
      for (const n of [11, 12]) await tx.daemons.insertDaemon(daemonRow(n, { state: 'up', epoch: 1 }));
      for (const id of nodes) await tx.ledger.setLimits(id, { cpus: 100, memoryMiB: 10 * 512, diskBytes: 100 * GIB });
    });
    const rank = async () => ({ candidates: nodes.map((ncId, i) => ({ ncId, name: `n${i}`, fits: true, score: 1 - i / 10, reason: 'fits' })), fit: 3, total: 3 });
    Object.assign(clc.planDeps, { rank });
    const class40 = await Promise.all(Array.from({ length: 40 }, (_, i) => define({ name: `pc ${i}`, kind: 'rvd', lifetime: 'temporary' })));
    await Promise.all(class40.map(({ id }) => runInstance(clc.deps, id)));
    for (let round = 0; round < 6; round++) {
      await clc.answerAll();
      await clc.later(1_000);
    }
    const rows = await Promise.all(class40.map(({ id }) => row(id)));
    const by = (status: string): UserInstanceRow[] => rows.filter((one) => `${one.vmState}/${one.taskState ?? '-'}` === status);
    assert.deepEqual([by('active/-').length, by('error/-').length], [30, 10]);
    for (const refused of by('error/-')) {
      assert.equal(refused.error?.code, 'NO_CAPACITY');
      assert.deepEqual(refused.placement?.candidates.map((c) => c.fits), [false, false, false]);
      assert.deepEqual(await claims(refused.id), []);
    }
    for (const id of nodes) {
      const { used, limits } = (await clc.deps.store.read.ledger.usage(id))!;
      assert.deepEqual([used.memoryMiB, limits.memoryMiB], [5120, 5120]);
    }
  });
});
