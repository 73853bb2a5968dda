// What an instance is defined to be: sizes, refusals with the field, how it is reached and placed, what its guest is told at its first start. Real
// commands, plans, engine and database; no daemon.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { ConsoleBody, DefineInstance, inWords, ModifyInstance } from '@educloud/contracts';
import { hasCode } from '@educloud/errors';
import { openBox } from '@educloud/tickets';
import { openInstanceConsole } from '../../apps/clc/src/commands/console-open.ts';
import { instanceView } from '../../apps/clc/src/routes/instance-view.ts';
import { deleteInstance } from '../../apps/clc/src/commands/instance/delete.ts';
import { modifyInstance } from '../../apps/clc/src/commands/instance/modify.ts';
import { runInstance } from '../../apps/clc/src/commands/instance/run.ts';
import { deleteImage } from '../../apps/clc/src/commands/image-delete.ts';
import { SOURCE, type ClcPlans, type Sent } from '../support/clc-plans.ts';
import { GIB, NODE, instancePlansScene } from '../support/instance-plans-scene.ts';

describe('the life of an instance', function () {
  this.timeout(30_000);
  let clc: ClcPlans;
  const { define, row, at, claims, act, running, report } = instancePlansScene((plans) => { clc = plans; });

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
        await report({ insId: id, vmstatus: 'running', reason: 'inventory', watched: false, load });
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
});
