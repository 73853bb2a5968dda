// What is leased for instances by the plans of their life, and when the ways to them are open. On both databases, with daemons that the test plays.
import assert from 'node:assert/strict';
import { ClusterNetworkApplied, ClusterNetworkSettings, DefineInstance, Envelope, inWords, ModifyInstance, say, StopBody, type InstanceView, type JobName } from '@educloud/contracts';
import { defineInstance } from '../../apps/clc/src/commands/instance/define.ts';
import { deleteInstance } from '../../apps/clc/src/commands/instance/delete.ts';
import { modifyInstance } from '../../apps/clc/src/commands/instance/modify.ts';
import { resetInstance } from '../../apps/clc/src/commands/instance/reset.ts';
import { runInstance } from '../../apps/clc/src/commands/instance/run.ts';
import { resumeInstance } from '../../apps/clc/src/commands/instance/resume.ts';
import { stopInstance } from '../../apps/clc/src/commands/instance/stop.ts';
import { suspendInstance } from '../../apps/clc/src/commands/instance/suspend.ts';
import { fenceNode } from '../../apps/clc/src/commands/node-fence.ts';
import { modifyNetwork } from '../../apps/clc/src/commands/network-modify.ts';
import { reportNetworkApplied } from '../../apps/clc/src/commands/network-applied.ts';
import { clusterState } from '../../apps/clc/src/network/state.ts';
import { instanceView } from '../../apps/clc/src/routes/instance-view.ts';
import { networkViews } from '../../apps/clc/src/routes/network-view.ts';
import type { AddressRow, DaemonRow } from '../../apps/clc/src/store/index.ts';
import { onInstanceStatus } from '../../apps/clc/src/status/instance-status.ts';
import { plansForEachTest, SOURCE, type ClcPlans, type Sent } from '../support/clc-plans.ts';
import { eventually } from '../support/eventually.ts';
import { privateMariadb, sqliteFiles, type Databases } from '../support/store-databases.ts';
import { daemonRow } from '../support/store-rows.ts';

const CC = 'cc-00000001';
const NODE = daemonRow(1).id;
const stop = StopBody.parse({});
const BRIDGED = { bridge: 'br0', privateNet: { cidr: '10.20.0.0/24', from: '10.20.0.10', to: '10.20.0.12', gateway: '10.20.0.1' } };
const refusedBy = (code: string, words: RegExp) => (e: { code?: string; message?: string }) => e.code === code && words.test(e.message ?? '');

function networksOfInstances(title: string, databases: Databases): void {
  describe(title, function () {
    this.timeout(60_000);
    let clc: ClcPlans;
    before(async function () { this.timeout(120_000); await databases.start(); });
    after(async function () { this.timeout(60_000); await databases.stop(); });
    plansForEachTest((plans) => { clc = plans; }, () => databases.migrated());

    const define = async (set: Partial<DefineInstance> = {}): Promise<string> => (await defineInstance(clc.deps, DefineInstance.parse({ name: 'web', imageId: SOURCE, kind: 'vs', cpus: 1, memoryMiB: 128, ...set }), 'anna')).id;
    const network = async (set: object): Promise<void> => void (await modifyNetwork({ ...clc.deps, servers: {} }, (await clc.deps.store.read.daemons.daemon(CC)) as DaemonRow, ClusterNetworkSettings.parse(set), null));
    /** Everything is answered, and tried again, until nothing is done with it any more. */
    const settled = async (id: string): Promise<Sent[]> => {
      const asked: Sent[] = [];
      await eventually(`${id} is at rest`, async () => {
        asked.push(...(await clc.answerAll()));
        if ((await clc.deps.store.read.userInstances.userInstance(id))?.taskState === null) return true;
        await clc.later(1100);
        return false;
      }, 20_000);
      return asked;
    };
    const run = async (id: string): Promise<Sent[]> => (await runInstance(clc.deps, id), settled(id));
    const until = (id: string, job: JobName): Promise<unknown> => eventually(`${id} is at ${job}`, async () => (await clc.answerAll(job), (await clc.sent())[0]?.job === job), 20_000);
    const end = async (id: string): Promise<Sent[]> => (await stopInstance(clc.deps, id, stop), settled(id));
    const view = async (id: string): Promise<InstanceView> => instanceView(clc.deps, (await clc.deps.store.read.userInstances.userInstance(id))!);
    const state = () => clusterState(clc.deps.store.read, CC);
    const leased = (kind?: AddressRow['kind'], of: AddressRow['state'] = 'leased') => clc.deps.store.read.networks.addresses({ ccId: CC, kind, state: of, limit: 100 });
    const applied = async () => reportNetworkApplied({ ...clc.deps, quarantineMs: 1000 }, CC, { rev: (await state()).rev, refused: [] });
    /** Of the node, as it registers. */
    const bridges = (names: string[]): Promise<unknown> => clc.deps.store.read.daemons.setFacts(NODE, 1, { ...daemonRow(1).facts, network: { bridges: names, nft: true, message: '' } });
    const names = (asked: Array<{ job: string; op: string }>): string[] => asked.map(({ job, op }) => (op === 'do' ? job : `undo ${job}`));

    it('behind its node: a port is leased and told to the node, the cluster controller has nothing to do, and the port stays its own until the disk goes', async () => {
      const id = await define();
      assert.deepEqual((await view(id)).access, [{ name: 'ssh', protocol: 'tcp', guestPort: 22, host: null, port: null, state: 'closed' }]);
      const asked = await run(id);
      assert.deepEqual(names(asked), ['cacheImage', 'fetchImage', 'cloneDisk', 'startDomain']);
      const guest = (asked.at(-1)?.params as { guest: { nics: unknown[] } }).guest;
      const { access, nics } = await view(id);
      const port = access[0]?.port as number;
      assert.ok(port >= 18_000 && port < 19_000);
      assert.deepEqual(guest.nics, [{ mode: 'nat', mac: nics[0]?.mac, forwards: [{ protocol: 'tcp', hostPort: port, guestPort: 22 }] }]);
      assert.deepEqual(access, [{ name: 'ssh', protocol: 'tcp', guestPort: 22, host: '10.0.0.1', port, state: 'open' }]);
      assert.deepEqual(names(await end(id)), ['stopDomain']);
      assert.equal((await view(id)).access[0]?.state, 'closed');
      await run(id);
      assert.equal((await view(id)).access[0]?.port, port);
      await deleteInstance(clc.deps, id);
      await settled(id);
      assert.deepEqual((await leased('management-port', 'quarantine')).map((row) => row.value), [String(port)]);
      await clc.later(1000);
      await applied();
      assert.deepEqual(await leased('management-port', 'quarantine'), []);
    });

    it('in private mode: the ways are opened before the guest starts and closed after it stopped, and the state of the cluster says exactly that', async () => {
      await network({ mode: 'private', accessHost: 'desktops.example' });
      const id = await define({ services: [{ name: 'rdp', port: 3389 }, { name: 'web', port: 80 }] });
      const asked = await run(id);
      assert.deepEqual(names(asked), ['cacheImage', 'fetchImage', 'cloneDisk', 'openAccess', 'startDomain']);
      const { rev, forwards } = await state();
      assert.deepEqual(asked.find(({ job }) => job === 'openAccess')?.params, { insId: id, rev });
      const { access } = await view(id);
      assert.deepEqual(access.map(({ host, state: now }) => [host, now]), [['desktops.example', 'open'], ['desktops.example', 'open']]);
      assert.deepEqual(forwards.map(({ listenIp, listenPort, ncId, toIp, toPort }) => ({ listenIp, listenPort, ncId, toIp, toPort })), access.map(({ port }) => ({ listenIp: null, listenPort: port, ncId: NODE, toIp: null, toPort: port })));
      assert.ok((access[0]?.port as number) < 18_000 && (access[1]?.port as number) >= 18_000);
      assert.deepEqual(names(await end(id)), ['stopDomain', 'closeAccess']);
      assert.deepEqual((await state()).forwards, []);
      assert.equal((await leased()).length, 2);
    });

    it('R162 the cluster controller is told at once, after the ways were closed, when a guest powers itself off or its node is declared switched off', async () => {
      await network({ mode: 'private', accessHost: 'desktops.example' });
      const told: unknown[] = [];
      const deps = { ...clc.deps, liveness: { registered: () => undefined }, tellCluster: (ccId: string) => void told.push(state().then(({ forwards }) => [ccId, forwards.length])) };
      const id = await define();
      await run(id);
      await onInstanceStatus(deps, Envelope.parse({ v: 1, id: 'm1', name: 'insstatus', seq: 1, source: { node: NODE, epoch: 1 }, body: { full: false, instances: [{ insId: id, vmstatus: 'stopped', reason: 'shutdown' }] } }));
      assert.deepEqual(await Promise.all(told), [[CC, 0]]);
      await run(id);
      await clc.daemon(NODE, { state: 'down' });
      await fenceNode(deps, NODE, 'admin');
      assert.deepEqual(await Promise.all(told), [[CC, 0], [CC, 0]]);
    });

    it('R163 a suspended guest has no ways open, its addresses stay its own, and they lead to it again before it goes on', async () => {
      await network({ mode: 'private', accessHost: 'desktops.example' });
      const id = await define();
      await run(id);
      const before = (await view(id)).access;
      await suspendInstance(clc.deps, id);
      assert.deepEqual(names(await settled(id)), ['suspendDomain', 'closeAccess']);
      assert.deepEqual([(await state()).forwards, (await view(id)).access[0]?.state, (await leased()).length], [[], 'closed', 1]);
      await resumeInstance(clc.deps, id);
      await until(id, 'resumeDomain');
      assert.deepEqual([(await state()).forwards.length, (await view(id)).access[0]?.state], [1, 'opening']);
      await settled(id);
      assert.deepEqual((await view(id)).access, before);
      await suspendInstance(clc.deps, id);
      await settled(id);
      await resumeInstance(clc.deps, id);
      await until(id, 'resumeDomain');
      await clc.answer({ code: 'HYPERVISOR_FAILED', message: 'libvirt refused', retryable: false });
      assert.deepEqual(names(await settled(id)), ['undo resumeDomain', 'undo openAccess']);
      assert.deepEqual([(await state()).forwards, (await clc.deps.store.read.userInstances.userInstance(id))?.vmState], [[], 'suspended']);
    });

    it('R164 what its cluster controller refused is told in both languages, where the way stands and with the network', async () => {
      await network({ mode: 'private' });
      const id = await define();
      await run(id);
      const { rev, forwards: [way] } = await state();
      const why = say('portIsUsedHere', { protocol: 'tcp', port: way!.listenPort });
      await reportNetworkApplied({ ...clc.deps, quarantineMs: 1000 }, CC, ClusterNetworkApplied.parse({ rev, refused: [{ id: way!.id, insId: id, code: 'ACCESS_REFUSED', reason: inWords(why, 'en'), why }] }));
      const [shown] = (await view(id)).access;
      assert.deepEqual([shown?.state, shown?.why], ['closed', why]);
      assert.match(inWords(shown?.why ?? { code: 'text' }, 'zh'), /正被集群控制器主机自身使用/);
      const cc = (await clc.deps.store.read.daemons.daemon(CC)) as DaemonRow;
      const [seen] = await networkViews(clc.deps.store.read, [{ ...cc, facts: { ...cc.facts, network: { bridges: [], nft: false, message: 'off', why: say('forwardingOff') } } }]);
      assert.deepEqual([seen?.refused[0]?.why, seen?.why?.code], [why, 'forwardingOff']);
    });

    it('on a bridge: MAC, private and public address are leased and kept, and only a node with the bridge takes it', async () => {
      await network({ mode: 'private', ...BRIDGED, publicIps: [{ from: '203.0.113.10', to: '203.0.113.10' }], macs: { from: '52:54:00:00:00:01', to: '52:54:00:00:00:09' } });
      const id = await define({ services: [{ name: 'web', port: 80 }] });
      await run(id);
      assert.match(JSON.stringify((await view(id)).placement), /has no bridge br0/);
      assert.deepEqual(await leased(), []);
      await bridges(['br0']);
      await run(id);
      const { nics: [card], access } = await view(id);
      assert.deepEqual([card?.mode, card?.mac, card?.ip, card?.publicIp], ['bridge', '52:54:00:00:00:01', '10.20.0.10', '203.0.113.10']);
      assert.deepEqual([access[0]?.host, access[0]?.port, access[0]?.state], ['203.0.113.10', 80, 'open']);
      const said = await state();
      assert.deepEqual([said.hosts.length, said.aliases.length, said.forwards.length, said.dhcp?.cidr], [1, 1, 1, '10.20.0.0/24']);
      // The last public address is taken: the next is reached at a port of the cluster controller.
      const other = await define({ services: [{ name: 'web', port: 80 }] });
      await run(other);
      const second = await view(other);
      assert.deepEqual([second.nics[0]?.publicIp, second.access[0]?.host], [null, '10.0.0.2']);
      assert.ok((second.access[0]?.port as number) >= 18_000);
      assert.deepEqual((await state()).forwards.map(({ toIp, toPort }) => [toIp, toPort]).sort(), [['10.20.0.10', 80], ['10.20.0.11', 80]]);
    });

    it('of many that want an address exactly as many are placed as there are, and the others hear why', async () => {
      await network(BRIDGED);
      await bridges(['br0']);
      const ids = await Promise.all(Array.from({ length: 6 }, () => define()));
      await Promise.all(ids.map((id) => runInstance(clc.deps, id)));
      for (const id of ids) await settled(id);
      const views = await Promise.all(ids.map(view));
      assert.deepEqual(views.map((one) => one.status).sort(), ['ACTIVE', 'ACTIVE', 'ACTIVE', 'ERROR', 'ERROR', 'ERROR']);
      assert.equal(new Set(views.flatMap((one) => one.nics[0]?.ip ?? [])).size, 3);
      for (const refused of views.filter((one) => one.status === 'ERROR')) assert.match(refused.error?.message ?? '', /no private-ip left in cluster-1 \(3 of 3 leased\)/);
      assert.equal((await clc.deps.store.read.ledger.usage(NODE))?.used.cpus, 3);
    });

    it('a start that fails closes the ways and gives the addresses back', async () => {
      await network({ mode: 'private' });
      const id = await define();
      await runInstance(clc.deps, id);
      await until(id, 'startDomain');
      assert.equal((await state()).forwards.length, 1);
      await clc.answer({ code: 'HYPERVISOR_FAILED', message: 'no', retryable: false });
      const undone = names(await settled(id));
      assert.ok(undone.includes('undo openAccess'), undone.join(', '));
      assert.deepEqual((await state()).forwards, []);
      assert.deepEqual([(await leased()).length, (await leased(undefined, 'quarantine')).length], [0, 1]);
      assert.deepEqual([(await view(id)).status, (await view(id)).access[0]?.state], ['ERROR', 'closed']);
    });

    it('a refused way fails the start with its reason, and nothing is left', async () => {
      await network({ mode: 'private' });
      const id = await define();
      await runInstance(clc.deps, id);
      await until(id, 'openAccess');
      await clc.answer({ code: 'ACCESS_REFUSED', message: 'port 18000 is used', retryable: false });
      await settled(id);
      assert.deepEqual([(await view(id)).status, (await view(id)).error?.code, (await state()).forwards.length, (await leased()).length], ['ERROR', 'ACCESS_REFUSED', 0, 0]);
    });

    it('a node that is declared switched off closes the ways to its guests; those that stay placed keep their addresses', async () => {
      await network({ mode: 'private' });
      const [kept, gone] = [await define(), await define({ lifetime: 'temporary' })];
      for (const id of [kept, gone]) await run(id);
      assert.equal((await state()).forwards.length, 2);
      await clc.daemon(NODE, { state: 'down' });
      await fenceNode({ ...clc.deps, liveness: { registered: () => undefined } }, NODE, 'admin');
      await settled(gone);
      assert.deepEqual((await state()).forwards, []);
      assert.deepEqual((await leased()).map((row) => row.insId), [kept]);
      assert.deepEqual([(await view(kept)).status, (await view(gone)).status], ['SHUTOFF', 'DEFINED']);
    });

    it('an address that is asked for is in a pool and nobody else’s, or it is refused with the field named and nothing is written', async () => {
      await network({ ...BRIDGED, macs: { from: '52:54:00:00:00:01', to: '52:54:00:00:00:09' } });
      await bridges(['br0']);
      const id = await define({ nics: [{ mode: 'bridge', ip: '10.20.0.12', mac: '52:54:00:00:00:07' }] });
      await run(id);
      assert.deepEqual((await view(id)).nics.map(({ ip, mac }) => [ip, mac]), [['10.20.0.12', '52:54:00:00:00:07']]);
      await assert.rejects(define({ nics: [{ ip: '10.20.0.12' }] }), refusedBy('ADDRESS_TAKEN', /10\.20\.0\.12 is leased to ins-/));
      await assert.rejects(define({ nics: [{ mac: '52:54:00:00:00:07' }] }), { code: 'ADDRESS_TAKEN' });
      await assert.rejects(define({ nics: [{ ip: '10.20.0.99' }] }), { code: 'ADDRESS_NOT_IN_POOL' });
      await assert.rejects(define({ nics: [{ mac: '52:54:00:00:01:00' }] }), { code: 'ADDRESS_NOT_IN_POOL' });
      for (const nics of [[{ mac: '53:54:00:00:00:01' }], [{ mode: 'nat' as const, ip: '10.20.0.11' }], [{ ip: '10.20.0.11' }, { ip: '10.20.0.11' }]]) await assert.rejects(define({ nics }), { code: 'BAD_REQUEST' });
      await assert.rejects(define({ services: [{ name: 'a', port: 80 }, { name: 'b', port: 80 }] }), { code: 'BAD_REQUEST' });
      assert.equal((await clc.deps.store.read.userInstances.userInstances({ limit: 10 })).items.length, 1);
    });

    /** As one that was placed before there were networks: a disk on its node, and no addresses. */
    const ofBefore = async (id: string): Promise<void> => {
      await clc.deps.store.transaction(async (tx) => {
        await tx.networks.giveBack(id, { rev: 0, at: 0 });
        await tx.networks.endQuarantine(1);
        await tx.userInstances.setNetwork(id, null);
      });
    };

    it('R155: a card that is left to the cloud is behind its node where its data disk holds it on one without the bridge, also when the cluster has one now; one that is asked for on the bridge is refused there', async () => {
      const id = await define({ dataDiskGiB: 1 });
      await run(id);
      await end(id);
      await resetInstance(clc.deps, id, { data: false });
      await settled(id);
      await network(BRIDGED);
      await run(id);
      assert.deepEqual([(await view(id)).status, (await view(id)).nics.map(({ mode }) => mode)], ['ACTIVE', ['nat']]);
      await end(id);
      await resetInstance(clc.deps, id, { data: false });
      await settled(id);
      await bridges(['br0']);
      await run(id);
      assert.deepEqual((await view(id)).nics.map(({ mode }) => mode), ['bridge']);
      await bridges([]);
      const asked = await define({ nics: [{ mode: 'bridge' }] });
      const fresh = await define();
      for (const other of [asked, fresh]) {
        await run(other);
        assert.match((await view(other)).message, /bridge br0/);
      }
    });
    it('R127: one placed before there were networks gets its addresses at its next start, once, however often that fails', async () => {
      const id = await define();
      await run(id);
      await end(id);
      await ofBefore(id);
      const { limits } = (await clc.deps.store.read.ledger.usage(NODE))!;
      await clc.deps.store.read.ledger.setLimits(NODE, { ...limits, cpus: 0 });
      for (let i = 0; i < 3; i++) await run(id);
      assert.deepEqual([(await view(id)).error?.code, (await leased()).length], ['NO_CAPACITY', 1]);
      await clc.deps.store.read.ledger.setLimits(NODE, limits);
      await run(id);
      assert.deepEqual([(await view(id)).status, (await leased()).length], ['ACTIVE', 1]);
    });

    it('R127: what is leased for an instance goes back with its disk also when its row does not say so', async () => {
      const id = await define();
      await run(id);
      await end(id);
      await clc.deps.store.transaction((tx) => tx.userInstances.setNetwork(id, null));
      await deleteInstance(clc.deps, id);
      await settled(id);
      assert.deepEqual([(await leased()).length, (await leased(undefined, 'quarantine')).length], [0, 1]);
    });

    it('R128: one placed before there were networks starts where nobody has made the pools yet', async () => {
      const id = await define({ services: [] });
      await run(id);
      await end(id);
      await clc.deps.store.transaction((tx) => tx.userInstances.setNetwork(id, null));
      await modifyInstance(clc.deps, id, ModifyInstance.parse({ services: [{ name: 'ssh', port: 22 }] }), null);
      await run(id);
      assert.deepEqual([(await view(id)).status, (await leased()).length], ['ACTIVE', 1]);
    });

    it('R128: one placed before there were networks, on a node without the bridge, is behind its node', async () => {
      const id = await define();
      await run(id);
      await end(id);
      await ofBefore(id);
      await network(BRIDGED);
      await run(id);
      assert.deepEqual([(await view(id)).status, (await view(id)).nics[0]?.mode], ['ACTIVE', 'nat']);
    });

    it('R150: a service given to one that is placed where nobody has made the pools yet gets its port; one that finds none left is refused with the field', async () => {
      const id = await define({ services: [] });
      await run(id);
      await end(id);
      await modifyInstance(clc.deps, id, ModifyInstance.parse({ services: [{ name: 'web', port: 80 }] }), null);
      const { access: [way] } = await view(id);
      assert.ok((way?.port ?? 0) >= 18_000);
      await network({ managementPorts: { from: way?.port, to: way?.port } });
      const more = modifyInstance(clc.deps, id, ModifyInstance.parse({ services: [{ name: 'web', port: 80 }, { name: 'ssh', port: 22 }] }), null);
      await assert.rejects(more, (e: { code?: string; data?: { fields?: Array<{ field: string }> } }) => e.code === 'NO_CAPACITY' && e.data?.fields?.[0]?.field === 'services');
      const bridged = modifyInstance(clc.deps, id, ModifyInstance.parse({ nics: [{ mode: 'bridge' }] }), null);
      await assert.rejects(bridged, (e: { code?: string; data?: { fields?: Array<{ field: string }> } }) => e.code === 'NO_CAPACITY' && e.data?.fields?.[0]?.field === 'nics');
      assert.deepEqual((await view(id)).access, [way]);
    });

    it('other services of one that is placed take what they need and give back what nobody needs', async () => {
      const id = await define();
      await run(id);
      await end(id);
      const port = (await view(id)).access[0]?.port;
      await modifyInstance(clc.deps, id, ModifyInstance.parse({ services: [{ name: 'ssh', port: 2222 }, { name: 'web', port: 80 }] }), null);
      assert.deepEqual((await view(id)).access.map(({ name, guestPort }) => [name, guestPort]), [['ssh', 2222], ['web', 80]]);
      assert.equal((await view(id)).access[0]?.port, port);
      await modifyInstance(clc.deps, id, ModifyInstance.parse({ services: [] }), null);
      assert.deepEqual([(await leased()).length, (await leased(undefined, 'quarantine')).length], [0, 2]);
    });
  });
}

networksOfInstances('networks of instances on SQLite', sqliteFiles());
networksOfInstances('networks of instances on MariaDB', privateMariadb());
