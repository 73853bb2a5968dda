// What the cloud mends by itself, and what an admin may tell it: answers that were lost, orphans, a node that was switched off.
// Five real processes on private real servers; only the guests are fake.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { access, appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os, { networkInterfaces } from 'node:os';
import path from 'node:path';
import { connect } from 'amqplib';
import { CLC_STATUS_QUEUE, TaskView, UploadGrant, type DaemonView, type OrphanView } from '@educloud/contracts';
import { sendUpload } from '@educloud/images';
import type { DaemonName } from '../../tools/cloud/layout.ts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { builderOf, type Builder } from '../support/build-flow.ts';
import { eventually } from '../support/eventually.ts';
import { instanceUserOf } from '../support/instance-flow.ts';
import { keepLogs } from '../support/keep-logs.ts';
import { died, dying, restart } from '../support/kills.ts';
import { nothingIsLeft, rowsOf } from '../support/leftovers.ts';
import { allowStart, freshDatabase, freshRedis, freshVhost } from '../support/servers.ts';

/** Graces of seconds instead of minutes. */
const SOON = { membership: { heartbeatMs: 500, inventoryMs: 500 }, orphans: { graceSeconds: 1, everySeconds: 0.5 } };

describe('a cloud that repairs itself (fake guests)', function () {
  this.timeout(120_000);
  let dir = '';
  let cloud: Cloud;
  let user: Builder;
  let token = '';
  // An address of this host that is not the loopback's: then the cluster controller forwards to what is reached there.
  const [accessIp] = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address));

  before(async function () {
    allowStart(this);
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-repair-'));
    await chmod(dir, 0o755);
    const [amqpUrl, clusterAmqpUrl, dbUrl, redisUrl] = await Promise.all([freshVhost(), freshVhost(), freshDatabase(), freshRedis()]);
    cloud = await startCloud({ dir: path.join(dir, 'cloud'), mode: 'distributed', hypervisor: 'fake', nodes: 2, servers: { amqpUrl, clusterAmqpUrl, dbUrl, redisUrl, libvirtUri: null }, overrides: { clc: SOON, ...(accessIp ? { nc: { network: { accessIp } }, 'nc-2': { network: { accessIp } } } : {}) } });
    user = await builderOf(cloud);
    token = ((await (await post('/login', { user: cloud.json.adminUser, password: cloud.json.adminPassword })).json()) as { token: string }).token;
    await spare('disable');
  });
  /** Where something else may be started while the first node is away. */
  const spare = async (duty: 'enable' | 'disable'): Promise<void> => assert.equal((await post(`/nodes/nc-2/${duty}`)).status, 200);
  after(async function () {
    this.timeout(60_000);
    await cloud?.stop();
    keepLogs(this.test?.parent, path.join(dir, 'cloud'));
    await rm(dir, { recursive: true, force: true });
  });

  const post = (at: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${cloud.json.clcUrl}/clc/api/1.0${at}`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}), ...headers }, body: JSON.stringify(body), signal: AbortSignal.timeout(30_000) });

  const get = async <T>(at: string): Promise<T> => (await (await fetch(`${cloud.json.clcUrl}/clc/api/1.0${at}`, { headers: { Authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(30_000) })).json()) as T;
  const below = (who: DaemonName, ...parts: string[]): string => path.join(cloud.layout.data(who), ...parts);
  const orphans = async (): Promise<OrphanView[]> => (await get<{ items: OrphanView[] }>('/orphans')).items;

  let images = 0;
  /** An image nobody has in a cache yet. */
  async function source(): Promise<string> {
    const file = path.join(dir, `source-${++images}.raw`);
    await writeFile(file, randomBytes(256 * 1024));
    const id = await user.upload(file, { name: `source-${images}`, format: 'raw' });
    await rm(file);
    return id;
  }

  it('R201: a POST whose answer was lost in a crash is answered with the same task when it comes again under its key', async () => {
    const at = `/image/create/task/begin/${await source()}`;
    const order = { name: 'once only' };
    const key = { 'Idempotency-Key': 'lost-answer' };
    await restart(cloud, 'clc', 'answer:before');
    await assert.rejects(post(at, order, key), 'the CLC was to die before it answered');
    await died(cloud, 'clc', 'answer:before');
    await cloud.start('clc');
    await cloud.ready('clc');
    const again = await eventually('the same request is answered', async () => {
      const response = await post(at, order, key);
      return response.status === 201 ? response : null;
    });
    const task = TaskView.parse(await again.json());
    assert.equal(again.headers.get('Location'), `/clc/api/1.0/tasks/${task.tid}`);
    const all = await get<{ items: TaskView[] }>('/tasks');
    assert.deepEqual(all.items.map((t) => t.tid), [task.tid]);
    await user.do(task.tid, 'delete');
    await nothingIsLeft(cloud);
  });

  it('R206: an image whose last word from the store was lost with the queue becomes available all the same', async () => {
    const bytes = randomBytes(256 * 1024);
    const file = path.join(dir, 'unheard.raw');
    await writeFile(file, bytes);
    const grant = UploadGrant.parse(await (await post('/images', { name: 'unheard', ostype: 'linux', usage: 'server', format: 'raw', sizeBytes: bytes.length })).json());
    await cloud.kill('clc');
    await sendUpload({ uploadUrl: grant.uploadUrl, ticket: grant.ticket, image: { imageId: grant.imageId, version: grant.version, sizeBytes: bytes.length }, path: file, signal: new AbortController().signal });
    await rm(file);
    const broker = await connect(cloud.json.amqpUrl as string);
    const channel = await broker.createChannel();
    await eventually('the word of the store waits in the queue', async () => (await channel.checkQueue(CLC_STATUS_QUEUE)).messageCount > 0);
    await channel.deleteQueue(CLC_STATUS_QUEUE);
    await broker.close();
    await cloud.start('clc');
    await cloud.ready('clc');
    await eventually('the image is available', async () => (await user.image(grant.imageId)).latest !== null, 20_000);
    assert.equal((await user.image(grant.imageId)).latest?.sha256, createHash('sha256').update(bytes).digest('hex'));
    await user.deleteImage(grant.imageId);
  });

  it('R202: orphans of every kind are found and removed after the grace; what may be somebody’s work is kept until an administrator says so; foreign things stay', async () => {
    const deleted = await source();
    await user.deleteImage(deleted);
    const gone = 'ins-0dead001';
    const work = 'ins-0dead002';
    const stray = 'img-0dead003.v1';
    const planted = [
      below('nc', 'instances', gone, 'disk.qcow2'), below('nc', 'images', 'pins', `${gone}@${stray}`), below('nc', 'images', `${stray}.raw.part`),
      below('cc', 'images', 'pins', `${gone}@${stray}`), below('cc', 'images', `${stray}.qcow2.part`), below('walrus', 'images', `${deleted}.v1.raw`),
    ];
    const staysUntilAsked = below('nc', 'instances', work, 'booted');
    const foreign = [below('nc', 'instances', 'notes.txt'), below('nc', 'instances', 'ins-of-somebody', 'disk.img'), below('nc', 'images', 'mine.iso'), below('walrus', 'images', 'README')];
    for (const who of ['nc', 'cc'] as const) await cloud.kill(who);
    for (const file of [...planted, staysUntilAsked, ...foreign]) {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, 'planted');
    }
    await writeFile(below('nc', 'fake-guests', `${gone}.json`), JSON.stringify({ insId: gone, state: 'shutoff', specHash: '' }));
    for (const who of ['nc', 'cc'] as const) await cloud.start(who);
    await rowsOf(cloud, "INSERT INTO ledger_claims (insId, kind, ncId, cpus, memoryMiB, diskBytes) SELECT ?, 'disk', id, 0, 0, 7 FROM daemons WHERE name = 'nc-1'", [gone]);
    await rowsOf(cloud, "UPDATE ledger_nodes SET usedDiskBytes = usedDiskBytes + 7 WHERE ncId = (SELECT id FROM daemons WHERE name = 'nc-1')");

    const still = async (files: string[]): Promise<string[]> => (await Promise.all(files.map((file) => access(file).then(() => [file], () => [])))).flat();
    await eventually('all that nothing needs is removed', async () => (await still(planted)).length === 0 && (await still([below('nc', 'fake-guests', `${gone}.json`)])).length === 0, 30_000)
      .catch(async (e: unknown) => assert.fail(`still there: ${(await still(planted)).join(', ')}\n${JSON.stringify(await orphans(), null, 1)}\n${String(e)}`));
    await eventually('the claim is given back', async () => (await rowsOf(cloud, 'SELECT 1 FROM ledger_claims')).length === 0 && (await rowsOf(cloud, 'SELECT 1 FROM ledger_nodes WHERE usedDiskBytes <> 0')).length === 0);
    const [left, ...more] = await eventually('only the kept one is listed', async () => {
      const all = await orphans();
      return all.length === 1 ? all : null;
    });
    assert.deepEqual([left?.name, left?.removal, more.length], [work, 'kept', 0]);
    assert.match(left?.reason ?? '', /booted/);
    assert.deepEqual((await get<{ orphans: object }>('/status')).orphans, { due: 0, kept: 1 });

    const order = { daemonId: left?.daemonId, kind: 'instance', name: work };
    assert.equal((await post('/orphans/remove', order)).status, 202);
    await eventually('the kept one goes at an administrator’s word', async () => (await still([staysUntilAsked])).length === 0 && (await orphans()).length === 0);
    assert.equal((await post('/orphans/remove', order)).status, 404);
    assert.deepEqual(await still(foreign), foreign);
    for (const file of foreign) await rm(file, { force: true });
    await rm(below('nc', 'instances', 'ins-of-somebody'), { recursive: true });
    await nothingIsLeft(cloud);
  });

  describe('a node that an administrator declares switched off', () => {
    const node = async (): Promise<DaemonView> => (await get<{ items: DaemonView[] }>('/nodes?role=nc')).items[0] as DaemonView;
    const fence = async (): Promise<Response> => post(`/nodes/${(await node()).id}/fence`, { switchedOff: true });
    const guest = async (task: TaskView): Promise<string> => (JSON.parse(await readFile(below('nc', 'fake-guests', `${task.insId}.json`), 'utf8')) as { state: string }).state;
    const there = (file: string): Promise<boolean> => access(file).then(() => true, () => false);
    const upTo = async (task: TaskView, ...steps: Array<'prepare' | 'run' | 'stop'>): Promise<TaskView> => {
      for (const step of steps) await user.do(task.tid, step);
      return user.task(task.tid);
    };

    async function fencedAndBack(away: () => Promise<void>, back: () => Promise<void>): Promise<void> {
      const src = await source();
      const running = await upTo(await user.begin(src), 'prepare', 'run');
      const doomed = await upTo(await user.begin(src), 'prepare', 'run', 'stop');
      await away();
      assert.equal(((await (await fence()).json()) as { code: string }).code, 'NODE_NOT_DOWN');
      await user.ask(doomed.tid, 'cancel');
      await eventually('the node is down', async () => (await node()).state === 'down', 20_000);
      assert.equal((await user.task(doomed.tid)).state, 'cancelling', 'a cancel waits for a node that is only silent');

      assert.equal((await fence()).status, 200);
      assert.equal((await fence()).status, 200, 'said twice is said once');
      assert.equal((await user.rests(doomed.tid)).state, 'cancelled');
      const stopped = await user.rests(running.tid);
      assert.deepEqual([stopped.phase, stopped.state, stopped.vmstatus], ['editing', 'stopped', 'stopped']);
      assert.deepEqual((await rowsOf(cloud, 'SELECT insId, kind FROM ledger_claims')).map((row) => `${row['insId']} ${row['kind']}`), [`${running.insId} disk`]);
      assert.equal((await user.do(running.tid, 'run')).error?.code, 'NODE_FENCED');

      assert.equal(await guest(running), 'running', 'the guest of the test was to live on behind our back');
      await back();
      let fenced = true;
      await eventually('the node is used again', async () => {
        fenced = (await node()).fenced;
        return !fenced;
      }, 30_000);
      // By then, not some time later.
      assert.notEqual(await guest(running), 'running', 'a superseded guest still runs on a node that may be used');
      assert.equal(await there(below('nc', 'instances', doomed.insId)), false, 'what was cancelled meanwhile is still there');
      assert.equal(await there(below('nc', 'instances', running.insId, 'disk.qcow2')), true, 'the edited disk was lost');

      assert.equal((await user.do(running.tid, 'run')).state, 'running');
      await user.do(running.tid, 'delete');
      await nothingIsLeft(cloud);
    }

    it('R204: is not waited for; when it starts again it stops and cleans up what was superseded before it is used', () => fencedAndBack(() => cloud.kill('nc'), () => cloud.start('nc')));
    for (const point of ['stopGuests:do:before', 'stopGuests:do:after']) {
      it(`R204: and also when it dies once more at ${point}`, () =>
        fencedAndBack(() => cloud.kill('nc'), () => dying(cloud, 'nc', [point], async () => undefined)));
    }
    it('R204: and also when it was only frozen, and goes on in its old registration', () => {
      const { pid } = cloud.json.daemons.nc;
      return fencedAndBack(async () => void process.kill(pid, 'SIGSTOP'), async () => void process.kill(pid, 'SIGCONT'));
    });

    it('R204: and people’s machines there: one without a disk to keep is started elsewhere, the others wait for their disks; back, the old guests are stopped before it is used, nothing leads to them, and every disk is as it was', async () => {
      const people = await instanceUserOf(cloud);
      const imageId = await source();
      if (accessIp) {
        const asked = await fetch(`${cloud.json.clcUrl}/clc/api/1.0/clusters/cluster-1/network`, { method: 'PUT', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` }, body: JSON.stringify({ mode: 'private', accessHost: 'desktops.example', rdpPorts: { from: 27_000, to: 27_099 }, managementPorts: { from: 27_100, to: 27_199 } }) });
        assert.equal(asked.status, 200, await asked.text());
      }
      const define = async (name: string, more: object): Promise<string> => (await people.define({ name, imageId, services: [{ name: 'web', port: 80 }], ...more })).id;
      const [kept, moves, ofData] = [await define('kept', { kind: 'vs' }), await define('moves', { kind: 'rvd', lifetime: 'temporary' }), await define('of-data', { kind: 'rvd', lifetime: 'temporary', dataDiskGiB: 1 })];
      const all = [kept, moves, ofData];
      for (const id of all) assert.equal((await people.do(id, 'run')).nodeName, 'nc-1');
      const disk = (who: DaemonName, id: string, name = 'disk.qcow2'): string => below(who, 'instances', id, name);
      const notes = [disk('nc', kept), disk('nc', ofData, 'data.qcow2')];
      for (const file of notes) await appendFile(file, 'written by anna');
      const state = async (who: DaemonName, id: string): Promise<string> => ((await there(below(who, 'fake-guests', `${id}.json`))) ? (JSON.parse(await readFile(below(who, 'fake-guests', `${id}.json`), 'utf8')) as { state: string }).state : 'none');
      const ways = async (): Promise<unknown> => (await rowsOf(cloud, 'SELECT d.name AS at, a.insId AS id FROM cluster_access a JOIN daemons d ON d.id = a.ncId')).map(({ at, id }) => [at, id]);
      const leases = async (): Promise<unknown[]> => (await rowsOf(cloud, "SELECT insId FROM cluster_addresses WHERE state = 'leased'")).map(({ insId }) => insId).sort();

      await spare('enable');
      await cloud.kill('nc');
      await eventually('the node is down', async () => (await node()).state === 'down', 20_000);
      assert.equal((await fence()).status, 200);
      assert.deepEqual([(await people.rests(kept)).status, (await people.rests(moves)).status, (await people.rests(ofData)).status], ['SHUTOFF', 'DEFINED', 'DEFINED']);
      const moved = await people.do(moves, 'run');
      assert.deepEqual([moved.status, moved.nodeName], ['ACTIVE', 'nc-2'], moved.message);
      assert.equal((await people.do(kept, 'run')).error?.code, 'NODE_FENCED');
      assert.match((await people.do(ofData, 'run')).message, /nc-1: was switched off, and has not come back clean yet/, 'its data disk is there');
      for (const id of all) assert.equal(await state('nc', id), 'running', 'the guests of the test were to live on behind our back');

      await cloud.start('nc');
      await eventually('the node is used again', async () => !(await node()).fenced, 30_000);
      assert.deepEqual(await Promise.all(all.map(async (id) => (await state('nc', id)) === 'running')), [false, false, false], 'an old guest still runs on a node that may be used');
      assert.equal(await there(disk('nc', moves)), false, 'what was started elsewhere is still there');
      assert.deepEqual([(await people.instance(moves)).status, await state('nc-2', moves)], ['ACTIVE', 'running']);
      if (accessIp) assert.deepEqual(await ways(), [['nc-2', moves]]);
      for (const id of [kept, ofData]) {
        const again = await people.do(id, 'run');
        assert.deepEqual([again.status, again.nodeName], ['ACTIVE', 'nc-1'], again.message);
      }
      for (const file of notes) assert.ok((await readFile(file)).includes('written by anna'), `${file} was lost`);
      assert.deepEqual(await leases(), [...all].sort(), 'one port each');
      for (const id of all) await people.do(id, 'delete');
      await spare('disable');
      await nothingIsLeft(cloud);
      assert.deepEqual(await readdir(below('nc-2', 'instances')), []);
    });
  });
});
