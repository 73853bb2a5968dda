// Local desktops on five processes with fake guests: defined, offered, copied and run on a host while cloud and cluster controller are dead;
// wherever the node controller dies, what was asked for is done to its end, and each run is told exactly once.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { InstanceView, LocalDesktop, LocalUseView } from '@educloud/contracts';
import { exists } from '../../apps/nc/src/files.ts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { builderOf, type Builder } from '../support/build-flow.ts';
import { eduOf, type Edu } from '../support/edu-process.ts';
import { eventually } from '../support/eventually.ts';
import { instanceUserOf, type InstanceUser } from '../support/instance-flow.ts';
import { keepLogs } from '../support/keep-logs.ts';
import { died, restart } from '../support/kills.ts';
import { rowsOf } from '../support/leftovers.ts';
import { atHost, socketOf, type AtHost } from '../support/local-door.ts';
import { allowStart, freshDatabase, freshRedis, freshVhost } from '../support/servers.ts';

const GROUP = 'school.lab-2';

describe('local desktops (fake guests)', function () {
  this.timeout(180_000);
  let dir = '';
  let cloud: Cloud;
  let builder: Builder;
  let user: InstanceUser;
  let edu: Edu;
  let pc: AtHost;
  let image = '';

  before(async function () {
    allowStart(this);
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-lvd-'));
    await chmod(dir, 0o755);
    const [amqpUrl, clusterAmqpUrl, dbUrl, redisUrl] = await Promise.all([freshVhost(), freshVhost(), freshDatabase(), freshRedis()]);
    cloud = await startCloud({
      dir: path.join(dir, 'cloud'), mode: 'distributed', hypervisor: 'fake', servers: { amqpUrl, clusterAmqpUrl, dbUrl, redisUrl, libvirtUri: null },
      overrides: { clc: { membership: { heartbeatMs: 500, hostHeartbeatMs: 1_000 }, orphans: { graceSeconds: 1, everySeconds: 1 } }, cc: { usages: ['lvd'] }, nc: { local: { enabled: true, askSeconds: 1, syncMaxLoad: 1000 } } },
    });
    [builder, user, edu] = await Promise.all([builderOf(cloud), instanceUserOf(cloud), eduOf(cloud, path.join(dir, 'edu'))]);
    pc = atHost(cloud);
    image = await upload('lesson');
    await edu.json('host', 'set', 'nc-1', '--owner-group', `${GROUP}.row-1`);
  });
  after(async function () {
    this.timeout(60_000);
    await cloud?.stop();
    keepLogs(this.test?.parent, path.join(dir, 'cloud'));
    await rm(dir, { recursive: true, force: true });
  });

  async function upload(name: string): Promise<string> {
    const file = path.join(dir, `${name}.raw`);
    await writeFile(file, randomBytes(512 * 1024));
    const id = await builder.upload(file, { name, format: 'raw' });
    await rm(file);
    return id;
  }
  const define = (more: Record<string, unknown> = {}): Promise<InstanceView> => user.define({ name: 'maths <7> & "more"', imageId: image, kind: 'lvd', ownerGroup: GROUP, memoryMiB: 128, cpus: 1, ...more });
  const here = (id: string): Promise<LocalDesktop> => eventually(`${id} is here`, async () => {
    const now = (await pc.all()).items.find((d) => d.id === id);
    return now && now.synced !== null ? now : null;
  }, 30_000);
  const diskOf = (id: string): string => path.join(cloud.layout.data('nc'), 'local', 'disks', id.replace('ins-', 'lvd-'), 'disk.qcow2');
  const write = async (id: string, text: string): Promise<void> => {
    const disk = await open(diskOf(id), 'r+');
    await disk.write(Buffer.from(text), 0, text.length, (await disk.stat()).size - 4096);
    await disk.close();
  };
  const holds = async (id: string, text: string): Promise<boolean> => (await readFile(diskOf(id))).includes(Buffer.from(text));
  const uses = async (id: string): Promise<LocalUseView[]> => edu.json<LocalUseView[]>('lvd', 'usage', '--instance', id);
  const told = (id: string, count: number): Promise<LocalUseView[]> => eventually(`${count} runs of ${id} are told`, async () => {
    const all = await uses(id);
    return all.length === count && all.every((use) => use.stoppedAt !== null) ? all : null;
  }, 60_000);
  const refusal = async (work: Promise<unknown>): Promise<string | undefined> => work.then(() => 'done', (e: { code?: string; problem?: { code?: string } }) => e.code ?? e.problem?.code);
  const delivered = async (id: string): Promise<void> => {
    await user.do(id, 'delete');
    await eventually('nothing of it is on the host', async () => {
      const [items, disks, pins] = await Promise.all([pc.all().then((all) => all.items), readdir(path.join(cloud.layout.data('nc'), 'local', 'disks')).catch((): string[] => []), readdir(path.join(cloud.layout.data('nc'), 'images', 'pins'))]);
      const name = id.replace('ins-', 'lvd-');
      return !items.some((d) => d.id === id) && !disks.includes(name) && !pins.some((pin) => pin.startsWith(name));
    }, 30_000);
  };

  it('are offered by owner group, copied by themselves, and not run by the cloud', async () => {
    const mine = await define();
    const others = await define({ ownerGroup: 'school.lab-20' });
    const pinned = await define({ ownerGroup: null, node: 'nc-1' });
    assert.deepEqual([mine.status, mine.allowed], ['DEFINED', ['modify', 'delete']]);
    await here(mine.id);
    await here(pinned.id);
    assert.ok(!(await pc.all()).items.some((d) => d.id === others.id));
    assert.equal(await refusal(user.do(mine.id, 'run')), 'RUNS_ON_HOSTS');
    assert.equal(await refusal(pc.do(others.id, 'run')), 'NOT_OFFERED');
    const seen = await eventually('the cloud knows that it is there', async () => {
      const hosts = await rowsOf(cloud, 'SELECT hostId, state, synced FROM local_desktops WHERE insId = ?', [mine.id]);
      return hosts.length === 1 ? hosts[0] : null;
    });
    assert.deepEqual([seen?.['state'], seen?.['synced']], ['off', 1]);
    for (const { id } of [mine, others, pinned]) await delivered(id);
  });

  it('run, show their screen and stop while cloud and cluster controller are dead; the runs are told exactly once when they are back', async () => {
    const { id } = await define();
    await here(id);
    await cloud.kill('clc');
    await cloud.kill('cc');
    const socket = ['--socket', socketOf(cloud)];
    const running = await edu.json<LocalDesktop>('lvd', 'run', id, '--user', 'anna', '--wait', ...socket);
    assert.deepEqual([running.state, running.madeFrom, running.user], ['running', 1, 'anna']);
    const { screen } = await edu.json<{ screen: string }>('lvd', 'console', id, ...socket);
    const greeting = await new Promise<string>((resolve, reject) => {
      const vnc = net.connect(screen);
      vnc.once('data', (chunk) => { resolve(chunk.toString()); vnc.destroy(); }).once('error', reject);
    });
    assert.match(greeting, /^RFB /);
    await write(id, 'written by anna');
    // The PC is switched off and on meanwhile, and still nobody is there.
    await cloud.kill('nc');
    await cloud.start('nc');
    await eventually('the door is open again', async () => (await pc.one(id)).state === 'running');
    assert.equal((await edu.json<LocalDesktop>('lvd', 'stop', id, '--wait', ...socket)).state, 'off');
    await pc.do(id, 'run', { user: 'ben' });
    assert.ok(await holds(id, 'written by anna'), 'a persistent one keeps its disk');
    await pc.do(id, 'stop', { force: true });
    assert.equal((await pc.all()).unreported, 2);

    await Promise.all([cloud.start('clc'), cloud.start('cc')]);
    await Promise.all(['clc', 'cc', 'nc'].map((name) => cloud.ready(name as 'nc')));
    const all = await told(id, 2);
    assert.deepEqual(all.map(({ user: who, how, hostName, version }) => [who, how, hostName, version]), [['ben', 'forced', 'nc-1', 1], ['anna', 'agent', 'nc-1', 1]]);
    await eventually('nothing is left to tell', async () => (await pc.all()).unreported === 0);
    await restart(cloud, 'nc');
    await eventually('the host has been heard again', async () => (await pc.all()).reachable);
    assert.equal((await uses(id)).length, 2);
    await delivered(id);
  });

  it('begin anew when they are assigned, leave nothing when they are temporary, and are no orphans to the cloud', async () => {
    const assigned = await define({ lifetime: 'assigned' });
    await here(assigned.id);
    await pc.do(assigned.id, 'run');
    await write(assigned.id, 'gone at the next start');
    await pc.do(assigned.id, 'stop');
    assert.ok(await holds(assigned.id, 'gone at the next start'));
    await pc.do(assigned.id, 'run');
    assert.ok(!(await holds(assigned.id, 'gone at the next start')));
    // An orphan that is one goes: so the inventory was heard and acted on, and what is the host's own has stayed.
    const orphan = path.join(cloud.layout.data('nc'), 'instances', 'ins-0badcafe');
    await mkdir(orphan, { recursive: true });
    await restart(cloud, 'nc');
    await eventually('the orphan is removed', async () => !(await exists(orphan)), 60_000);
    assert.equal((await pc.one(assigned.id)).state, 'running');
    assert.ok(await exists(diskOf(assigned.id)));
    assert.deepEqual(await rowsOf(cloud, "SELECT item FROM orphans WHERE kind = 'instance' AND name <> 'ins-0badcafe'"), []);
    await pc.do(assigned.id, 'stop');
    await delivered(assigned.id);

    const temporary = await define({ lifetime: 'temporary' });
    await here(temporary.id);
    await pc.do(temporary.id, 'run');
    assert.equal((await pc.do(temporary.id, 'stop')).madeFrom, null);
    assert.deepEqual(await readdir(path.join(cloud.layout.data('nc'), 'local', 'disks')), []);
    await delivered(temporary.id);
  });

  for (const [point, action] of [['localRun:do:before', 'run'], ['localClone:do:before', 'run'], ['localClone:do:after', 'run'], ['localStart:do:after', 'run'], ['localStop:do:after', 'stop'], ['localEnd:do:before', 'stop']] as const) {
    it(`are run and stopped once although the node controller dies at ${point}`, async () => {
      const { id } = await define({ lifetime: 'temporary' });
      await here(id);
      if (action === 'stop') await pc.do(id, 'run', { user: 'anna' });
      await restart(cloud, 'nc', point);
      // It may die before it has answered; a refusal is none of that.
      await pc.ask(id, action, action === 'run' ? { user: 'anna' } : {}).catch((e: { problem?: unknown }) => { if (e.problem) throw e; });
      await died(cloud, 'nc', point);
      await cloud.start('nc');
      const state = action === 'run' ? 'running' : 'off';
      await eventually(`it is ${state}`, async () => (await pc.one(id)).state === state, 30_000);
      if (action === 'run') await pc.do(id, 'stop');
      await cloud.ready('nc');
      const [use] = await told(id, 1);
      assert.equal(use?.user, 'anna');
      assert.deepEqual((await readdir(path.join(cloud.layout.data('nc'), 'fake-guests'))).filter((file) => file.endsWith('.json')), []);
      await delivered(id);
    });
  }
});
