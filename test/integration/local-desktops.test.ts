// What cloud and cluster controller promise about local desktops and their hosts: who is offered what, answers that are kept, reports that count
// once, and the power of hosts. Real commands, plans, engine and database; no daemon.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DefineInstance, Envelope, ModifyInstance, StopBody, type AskOffers, type LocalReport, type OffersForCluster, type NodeEvent } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { silentLog } from '@educloud/log';
import { createTicketSigner, createTicketVerifier, generateKeys } from '@educloud/tickets';
import { createClusterOffers } from '../../apps/cc/src/local-offers.ts';
import { deleteInstance } from '../../apps/clc/src/commands/instance/delete.ts';
import { defineInstance } from '../../apps/clc/src/commands/instance/define.ts';
import { modifyInstance } from '../../apps/clc/src/commands/instance/modify.ts';
import { runInstance } from '../../apps/clc/src/commands/instance/run.ts';
import { stopInstance } from '../../apps/clc/src/commands/instance/stop.ts';
import { powerOffHost } from '../../apps/clc/src/commands/host-poweroff.ts';
import { wakeHost } from '../../apps/clc/src/commands/host-wake.ts';
import { offersFor } from '../../apps/clc/src/commands/local-offers.ts';
import { onLocalReport } from '../../apps/clc/src/status/local-report.ts';
import { powerJobs } from '../../apps/nc/src/commands/host-poweroff.ts';
import { nodePaths } from '../../apps/nc/src/paths.ts';
import { openClcPlans, SOURCE, type ClcPlans } from '../support/clc-plans.ts';
import { daemonRow } from '../support/store-rows.ts';

const HOST = daemonRow(1).id;
const CC = 'cc-00000009';
const DAY = 24 * 3_600_000;
const refusal = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', (e: { code: string }) => e.code);

describe('local desktops at cloud and cluster controller', function () {
  this.timeout(30_000);
  let clc: ClcPlans;
  let asked = 0;
  const keys = generateKeys();
  beforeEach(async () => {
    clc = await openClcPlans();
    await clc.deps.store.transaction(async (tx) => {
      await tx.daemons.insertDaemon(daemonRow(9, { id: CC, role: 'cc', name: 'room-9', ccId: null, state: 'up', epoch: 1, facts: { ...daemonRow(9).facts, usages: ['lvd'] } }));
      await tx.daemons.register(HOST, { url: 'http://h', facts: daemonRow(1).facts, ccId: CC, now: 1 });
      await tx.daemons.setHost(HOST, { ownerGroup: 'school.lab-2.row-1' });
    });
  });
  afterEach(() => clc.close());

  const define = async (set: Partial<DefineInstance> = {}): Promise<string> => (await defineInstance(clc.deps, DefineInstance.parse({ name: 'maths', imageId: SOURCE, kind: 'lvd', ...set }), 'anna')).id;
  const ask = (set: Partial<AskOffers> = {}, ccId = CC): Promise<OffersForCluster> =>
    offersFor({ store: clc.deps.store, now: clc.deps.now, leaseMs: 7 * DAY, sign: (claims, ttlMs) => createTicketSigner({ privateKeyPem: keys.privateKeyPem, now: clc.deps.now }).sign(claims, ttlMs) }, { hostId: HOST as AskOffers['hostId'], asked: `q${(asked += 1)}`, have: [], ...set }, ccId);
  const offered = async (): Promise<string[]> => (await ask()).offers.map(({ id }) => id).sort();

  it('are offered to the hosts that their group and pins reach, with a lease for that host alone; the cloud does not run them', async () => {
    const ids = await Promise.all([define(), define({ ownerGroup: 'school' }), define({ ownerGroup: 'school.lab-2' }), define({ node: 'node-1' }), define({ cluster: 'room-9' })]);
    for (const other of [{ ownerGroup: 'school.lab-20' }, { ownerGroup: 'school.lab-2.row-1.seat-3' }, { ownerGroup: 'other' }, { cluster: 'cluster-1' }]) await define(other);
    const { offers, sources } = await ask();
    assert.deepEqual(offers.map(({ id }) => id as string).sort(), [...ids].sort());
    assert.equal(sources.length, 1, 'one file for all of them');
    const claims = createTicketVerifier({ publicKeyPem: () => keys.publicKeyPem, now: clc.deps.now }).verify(offers[0]!.lease, 'lvd/run');
    assert.deepEqual([claims.hostId, claims.insId, claims.validUntil - claims.issuedAt, claims.asked], [HOST, offers[0]!.id, 7 * DAY, `q${asked}`]);
    assert.equal(await refusal(runInstance(clc.deps, ids[0] as string)), 'RUNS_ON_HOSTS');
    assert.equal(await refusal(stopInstance(clc.deps, ids[0] as string, StopBody.parse({}))), 'RUNS_ON_HOSTS');
    assert.equal(await refusal(ask({}, 'cc-00000001')), 'NOT_FOUND', 'another cluster asks for its host');
    await clc.deps.store.transaction((tx) => tx.daemons.setDuty(HOST, { enabled: false, draining: false }));
    assert.deepEqual(await offered(), [], 'a host that is disabled begins nothing new');
  });
  it('R139 refuse what hosts do not do, with the field', async () => {
    const field = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'done', (e: { code: string; data?: { fields?: Array<{ field: string }> } }) => [e.code, e.data?.fields?.[0]?.field]);
    const id = await define();
    const asked: Array<[string, ModifyInstance]> = [['cloudInit', { cloudInit: { hostname: 'pc' } }], ['autoStop', { autoStop: { afterMinutes: 60 } }], ['dataDiskGiB', { dataDiskGiB: 1 }], ['nics', { nics: [{ mode: 'auto' }] }], ['accessMode', { accessMode: 'console' }], ['startup', { startup: { bootFrom: 'network' } }], ['placementPolicy', { placementPolicy: 'pack' }]];
    for (const [name, set] of asked) {
      assert.deepEqual(await field(define(set as Partial<DefineInstance>)), ['BAD_REQUEST', name]);
      assert.deepEqual(await field(modifyInstance(clc.deps, id, ModifyInstance.parse(set), null)), ['BAD_REQUEST', name]);
    }
    await modifyInstance(clc.deps, id, ModifyInstance.parse({ cloudInit: null, autoStop: null, dataDiskGiB: 0, name: 'physics' }), null);
  });
  it('that are deleted are told to the hosts that have them', async () => {
    const id = await define();
    await deleteInstance(clc.deps, id);
    const { offers, ended } = await ask({ have: [id as AskOffers['have'][number], 'ins-0badcafe' as AskOffers['have'][number]] });
    assert.deepEqual([offers, ended], [[], [id]]);
  });

  describe('their cluster controller', () => {
    let dir = '';
    beforeEach(async () => { dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-offers-')); });
    afterEach(() => rm(dir, { recursive: true, force: true }));

    it('tells a host what was said last while the cloud is away, also after its own restart; gets what is wanted, and lets go of what nobody is offered', async () => {
      const id = await define();
      let away = false;
      const pins = new Map<string, string[]>();
      const cache = {
        start: async (owner: string, image: { imageId: string; version: number }) => void pins.set(`${image.imageId}.v${image.version}`, [owner]), pins: () => pins,
        unpin: async (_owner: string, image?: { imageId: string; version: number }) => void pins.delete(`${image?.imageId}.v${image?.version}`),
      };
      const open = () => createClusterOffers({ dir, cache, log: silentLog(), clc: { offers: (question) => (away ? Promise.reject(new CloudError('NODE_UNREACHABLE', 'away')) : ask(question)) } });
      const first = await (await open()).pull(HOST, 'a', { have: [], wanted: [] });
      assert.deepEqual([first.fresh, first.offers.map((o) => o.id as string), pins.size], [true, [id], 0]);
      assert.ok(!('sources' in first), 'a host does not dial the store');
      away = true;
      const again = await open();
      const second = await again.pull(HOST, 'b', { have: [], wanted: [{ imageId: SOURCE, version: 1 }] });
      assert.deepEqual([second.fresh, second.asked, second.offers.length, [...pins.keys()]], [false, 'a', 1, [`${SOURCE}.v1`]]);
      assert.equal(await refusal(again.pull('nc-0000beef', 'c', { have: [], wanted: [] })), 'NOT_READY');
      away = false;
      await deleteInstance(clc.deps, id);
      await again.pull(HOST, 'd', { have: [], wanted: [] });
      assert.equal(pins.size, 0);
    });
  });

  describe('reports of hosts', () => {
    let seq = 0;
    const report = (body: LocalReport, epoch = 1, at = (seq += 1)): Promise<void> => onLocalReport(clc.deps, Envelope.parse({ v: 1, id: `m${at}`, name: 'lvdreport', seq: at, source: { node: HOST, epoch }, body }));
    const use = (insId: string, set: Partial<LocalReport['uses'][number]> = {}): LocalReport['uses'][number] => ({ id: 'use-00000001', insId: insId as LocalReport['uses'][number]['insId'], name: 'maths', user: 'anna', version: 1, startedAt: 1000, stoppedAt: null, how: null, ...set });
    const uses = async () => (await clc.deps.store.read.local.localUses({ limit: 10 })).items;

    it('count once, however often they come; an end is noted and stays', async () => {
      const id = await define();
      for (const body of [{ desktops: [], uses: [use(id)] }, { desktops: [], uses: [use(id)] }, { desktops: [], uses: [use(id, { stoppedAt: 2000, how: 'acpi' })] }, { desktops: [], uses: [use(id, { stoppedAt: 3000, how: 'lost' })] }, { desktops: [], uses: [use(id)] }]) await report(body);
      assert.deepEqual((await uses()).map(({ stoppedAt, how, hostId, user }) => [stoppedAt, how, hostId, user]), [[2000, 'acpi', HOST, 'anna']]);
      assert.equal((await clc.deps.store.read.local.localUses({ limit: 10, owner: 'ben' })).items.length, 0);
    });
    it('replace what was said before, unless they are older; of anything but local desktops nothing is believed', async () => {
      const id = await define();
      const server = (await defineInstance(clc.deps, DefineInstance.parse({ name: 'web', imageId: SOURCE }), 'anna')).id;
      const desktop = (insId: string, synced: number) => ({ insId: insId as LocalReport['desktops'][number]['insId'], state: 'off' as const, synced, syncing: null, madeFrom: null, user: null, startedAt: null });
      await report({ desktops: [desktop(id, 2), desktop(server, 2)], uses: [use(server)] }, 2, 5);
      await report({ desktops: [desktop(id, 1)], uses: [] }, 2, 4);
      await report({ desktops: [desktop(id, 1)], uses: [] }, 1, 9);
      const { local } = clc.deps.store.read;
      assert.deepEqual([(await local.localDesktopsAt(HOST)).map(({ insId, synced }) => [insId, synced]), await uses()], [[[id, 2]], []]);
      await report({ desktops: [], uses: [] }, 2, 6);
      assert.deepEqual(await local.localDesktopsOf(id), []);
    });
    it('that name a person’s run keep the host on: it is switched off by force alone', async () => {
      const id = await define();
      await report({ desktops: [{ insId: id as LocalReport['desktops'][number]['insId'], state: 'running', synced: 1, syncing: null, madeFrom: 1, user: 'anna', startedAt: 1 }], uses: [] });
      assert.equal(await refusal(powerOffHost(clc.deps, HOST, false)), 'HOST_IN_USE');
      assert.deepEqual(await clc.sent(), []);
      await powerOffHost(clc.deps, HOST, true);
      await powerOffHost(clc.deps, HOST, true);
      const [sent, ...more] = await clc.answerAll();
      assert.deepEqual([sent?.job, sent?.target, sent?.params['force'], more.length], ['powerOff', HOST, true, 0]);
    });
  });

  describe('the power of a host', () => {
    it('is given back by its cluster controller, which calls the card that an administrator or the host itself names', async () => {
      assert.equal(await refusal(wakeHost(clc.deps, HOST)), 'BAD_REQUEST');
      await clc.deps.store.transaction((tx) => tx.daemons.setHost(HOST, { mac: '52:54:00:12:34:56' }));
      await wakeHost(clc.deps, HOST);
      const [sent] = await clc.answerAll();
      assert.deepEqual([sent?.job, sent?.target, sent?.params], ['callHost', CC, { hostId: HOST, mac: '52:54:00:12:34:56' }]);
      assert.equal(await refusal(wakeHost(clc.deps, CC)), 'NOT_FOUND');
    });
    it('R153: is not given back while it is being taken, nor taken while it is being given back; a host that went off and could not say so is not said to be on', async () => {
      const said = async (): Promise<string | undefined> => ((await clc.deps.store.read.events.after(0, 100)).at(-1)?.payload as NodeEvent).message;
      await clc.deps.store.transaction((tx) => tx.daemons.setHost(HOST, { mac: '52:54:00:12:34:56' }));
      await powerOffHost(clc.deps, HOST, false);
      assert.equal(await refusal(wakeHost(clc.deps, HOST)), 'STEP_IN_PROGRESS');
      await clc.daemon(HOST, { state: 'suspect' });
      for (let minute = 1; minute <= 4; minute += 1) await clc.later(61_000);
      assert.match(await said() ?? '', /did not say whether it switches itself off/);
      await wakeHost(clc.deps, HOST);
      await wakeHost(clc.deps, HOST);
      await clc.daemon(HOST, { state: 'up' });
      assert.equal(await refusal(powerOffHost(clc.deps, HOST, false)), 'STEP_IN_PROGRESS');
      for (let half = 1; half <= 12; half += 1) await clc.later(31_000);
      assert.match(await said() ?? '', /could not be woken: .*callHost/);
    });
    it('is taken by an order that is obeyed once, also when the host hears it again after it was switched on; not while a guest runs', async () => {
      const dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-power-'));
      try {
        let off = 0;
        let guests = 1;
        let boot = 'first';
        let command = async (): Promise<void> => void (off += 1);
        const [job] = powerJobs({ paths: nodePaths(dir), guests: async () => guests, powerOff: () => command(), bootId: async () => boot, log: silentLog() });
        const obey = (order: string, force = false): Promise<unknown> => job!.do({ order, force } as never, { signal: new AbortController().signal, progress: () => undefined } as never);
        assert.equal(await refusal(obey('a')), 'HOST_IN_USE');
        guests = 0;
        await obey('a');
        boot = 'second';
        await obey('a');
        assert.equal(off, 1);
        guests = 1;
        await obey('b', true);
        assert.equal(off, 2);
        await obey('b', true);
        assert.equal(off, 3, 'R152: it was killed after it had noted the order, and has not gone off');
        command = () => Promise.reject(new Error('systemctl ended with 1'));
        await assert.rejects(obey('c', true) as Promise<unknown>, /the command that switches this host off failed: systemctl ended with 1/);
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    });
  });
});
