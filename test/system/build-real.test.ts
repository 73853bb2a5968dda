// The proof on real parts: five processes, RabbitMQ, MariaDB, Redis, libvirt and QEMU. A guest is edited through its agent, and what was
// written is found again in what was built. Steps are taken with `edu`, through the public API alone.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { WebSocket } from 'ws';
import type { ImageVersionView, ImageView, TaskView } from '@educloud/contracts';
import { settingsOf, layoutOf } from '../../tools/cloud/layout.ts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { makeGuestImage } from '../../tools/guest-image.ts';
import { eduOf, type Edu } from '../support/edu-process.ts';
import { eventually } from '../support/eventually.ts';
import { nothingIsLeft } from '../support/leftovers.ts';
import { guestOf, type LibvirtGuest } from '../support/libvirt-guest.ts';
import { allowStart, freshDatabase, freshRedis, freshVhost, libvirtServer } from '../support/servers.ts';
import { watchDoor, type WatchedDoor } from '../support/who-dials.ts';

type Uploaded = ImageVersionView & { imageId: string };
const at = (task: TaskView): string => `${task.phase}/${task.state}`;
const NOTE = '/root/written-while-editing';

describe('an image is built from a real guest, by five processes on real servers', function () {
  this.timeout(180_000);
  let dir = '';
  let cloud: Cloud;
  let edu: Edu;
  let nodeDoor: WatchedDoor;
  let storeDoor: WatchedDoor;
  let source: Uploaded;

  before(async function () {
    allowStart(this);
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-real-'));
    await chmod(dir, 0o755);
    const cloudDir = path.join(dir, 'cloud');
    const { ports } = await settingsOf(layoutOf(cloudDir));
    [nodeDoor, storeDoor] = await Promise.all([watchDoor(ports.nc), watchDoor(ports.walrus)]);
    const [amqpUrl, clusterAmqpUrl, dbUrl, redisUrl, libvirt] = await Promise.all([freshVhost(), freshVhost(), freshDatabase(), freshRedis(), libvirtServer()]);
    cloud = await startCloud({
      dir: cloudDir, mode: 'distributed', hypervisor: 'libvirt', servers: { amqpUrl, clusterAmqpUrl, dbUrl, redisUrl, libvirtUri: libvirt.uri },
      overrides: { nc: { publicUrl: nodeDoor.url }, walrus: { publicUrl: storeDoor.url } },
    });
    edu = await eduOf(cloud, path.join(dir, 'edu'));
    source = await edu.json<Uploaded>('image', 'upload', await makeGuestImage(), '--name', 'tiny', '--ostype', 'linux', '--usage', 'server');
  });
  after(async function () {
    this.timeout(60_000);
    await cloud?.stop();
    await Promise.all([nodeDoor?.close(), storeDoor?.close()]);
    await rm(dir, { recursive: true, force: true });
  });

  const guest = (task: TaskView): LibvirtGuest => guestOf(cloud.json.libvirtUri, task.insId);
  const show = (tid: string): Promise<TaskView> => edu.json<TaskView>('task', 'show', tid);
  const step = (tid: string, name: string, ...options: string[]): Promise<TaskView> => edu.json<TaskView>('task', name, tid, '--wait', '--timeout', '150s', ...options);
  const create = (src: string, name: string): Promise<TaskView> => edu.json<TaskView>('image', 'create', src, '--name', name);
  const versions = (id: string): Promise<ImageVersionView[]> => edu.json<ImageVersionView[]>('image', 'versions', id);

  async function bootedFrom(begun: TaskView): Promise<TaskView> {
    assert.equal(at(await step(begun.tid, 'prepare')), 'preparing/prepared');
    const running = await step(begun.tid, 'run');
    assert.equal(at(running), 'editing/running');
    await guest(running).booted();
    return running;
  }
  async function downloaded(image: string, version: number): Promise<string> {
    const file = path.join(dir, `${image}.${version}.qcow2`);
    await edu.json('image', 'download', image, file, '--version', String(version), '--force');
    const sha256 = createHash('sha256').update(await readFile(file)).digest('hex');
    await rm(file);
    return sha256;
  }
  async function refused(code: string, ...args: string[]): Promise<string> {
    const end = await edu.run(...args);
    assert.equal(end.code, 5, `exit code of: ${end.stdout} ${end.stderr}`);
    const line = end.stderr.trim().split('\n').at(-1) ?? '';
    assert.ok(line.includes(`[${code}]`), line);
    return line;
  }

  async function cookie(): Promise<string> {
    const answer = await fetch(`${cloud.json.clcUrl}/clc/api/1.0/login`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user: cloud.json.adminUser, password: cloud.json.adminPassword }) });
    return (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
  }

  let built = '';
  let second: TaskView;

  it('carries a file written while editing into the new image, identical when it is downloaded', async () => {
    const first = await bootedFrom(await create(source.imageId, 'with a note'));
    await guest(first).write(NOTE, 'in the first version');
    const stopped = await step(first.tid, 'stop');
    assert.equal(at(stopped), 'editing/stopped');
    assert.match(stopped.message, /the guest agent powered it off/);
    const submitted = await step(first.tid, 'submit');
    assert.equal(at(submitted), 'submitted/submitted');
    assert.ok(submitted.result);
    built = submitted.result.imageId;
    assert.equal(await downloaded(built, 1), submitted.result.sha256);
    await nothingIsLeft(cloud);
    assert.equal(await downloaded(source.imageId, 1), source.sha256, 'the source is untouched');
  });

  it('boots the new image, and the file is there', async () => {
    second = await bootedFrom(await create(built, 'from the built one'));
    assert.equal(await guest(second).read(NOTE), 'in the first version');
  });

  it('shows the running guest’s screen through CLC and CC; only the CC dials the node, and the node never dials the image store', async () => {
    const grant = await edu.json<{ url: string }>('task', 'console', second.tid);
    const open = (headers: Record<string, string>): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(new URL(grant.url, cloud.json.clcUrl.replace('http', 'ws')), { headers });
        socket.once('error', (e) => resolve(e.message)).once('message', (hello: Buffer) => { socket.close(); resolve(hello.toString()); });
      });
    // The address alone opens nothing, nor does the cookie on a page of somebody else.
    assert.match(await open({}), /401/);
    assert.match(await open({ cookie: await cookie(), origin: 'http://elsewhere.example' }), /403/);
    const session = JSON.parse(await readFile(path.join(dir, 'edu', 'session.json'), 'utf8')) as { token: string };
    assert.match(await open({ authorization: `Bearer ${session.token}` }), /^RFB 003\.00/);
    assert.match(await open({ authorization: `Bearer ${session.token}` }), /401|403/, 'it opens once');
    const { clc, cc, nc } = cloud.json.daemons;
    assert.deepEqual(nodeDoor.callers(), [cc.pid], 'who dialled the node');
    assert.ok(!nodeDoor.callers().includes(clc.pid));
    assert.ok(storeDoor.callers().includes(cc.pid) && !storeDoor.callers().includes(nc.pid), 'who dialled the image store');
  });

  it('refuses to delete an image that a task uses', async () => {
    const line = await refused('IMAGE_IN_USE', 'image', 'delete', built);
    assert.ok(line.includes(second.tid), line);
  });

  for (const [how, signal] of [['stopped', 'SIGTERM'], ['killed', 'SIGKILL']] as const) {
    it(`leaves the guest running when its node controller is ${how}, and finds it again`, async () => {
      const pid = guest(second).qemuPid();
      assert.ok(pid);
      await cloud.kill('nc', signal);
      assert.equal(guest(second).qemuPid(), pid);
      await cloud.start('nc');
      await cloud.ready('nc');
      assert.equal(guest(second).qemuPid(), pid);
      await guest(second).booted();
      assert.equal(at(await show(second.tid)), 'editing/running');
      const grant = await edu.run('task', 'console', second.tid);
      assert.equal(grant.code, 0, grant.stderr);
    });
  }

  it('sees that a guest powered itself off, and runs it again', async () => {
    await guest(second).shove('poweroff');
    const off = await eventually('the task is stopped', async () => { const t = await show(second.tid); return at(t) === 'editing/stopped' ? t : null; }, 60_000);
    assert.match(off.message, /powered itself off/);
    assert.equal(off.vmstatus, 'stopped');
    await step(second.tid, 'run');
    await guest(second).booted();
    assert.equal(await guest(second).read(NOTE), 'in the first version');
  });

  it('switches a guest off that ignores agent and power button, and says so', async () => {
    await guest(second).shove('kill -STOP $(pidof acpid) $(pidof qemu-ga)');
    await eventually('the agent is silent', () => guest(second).agent('guest-ping').then(() => false, () => true), 60_000);
    const stopped = await step(second.tid, 'stop', '--grace', '4s');
    assert.equal(at(stopped), 'editing/stopped');
    assert.match(stopped.message, /switched off hard/);
    const jobs = stopped.plans.flatMap((p) => p.jobs).filter((j) => j.name === 'stopDomain');
    assert.deepEqual(jobs.at(-1)?.result, { how: 'forced' });
  });

  it('cancels a running task: guest, disk and claims are gone, and then the image can be deleted', async () => {
    await step(second.tid, 'run');
    assert.ok(guest(second).qemuPid());
    const ended = await step(second.tid, 'cancel');
    assert.equal(at(ended), 'editing/cancelled');
    assert.equal(guest(second).qemuPid(), null);
    await assert.rejects(stat(path.join(cloud.layout.data('nc'), 'instances', second.insId)));
    await nothingIsLeft(cloud);
  });

  it('modifies an image: one at a time, a new version beside the untouched old one', async () => {
    const before = (await versions(built)).find((v) => v.version === 1);
    assert.ok(before?.sha256);
    const both = await Promise.all([edu.run('image', 'modify', built, '--output', 'json'), edu.run('image', 'modify', built, '--output', 'json')]);
    const won = both.find((e) => e.code === 0);
    const lost = both.find((e) => e.code !== 0);
    assert.ok(won && lost, JSON.stringify(both));
    const begun = JSON.parse(won.stdout) as TaskView;
    assert.equal(lost.code, 5);
    assert.ok(lost.stderr.includes('[IMAGE_HELD]') && lost.stderr.includes(begun.tid), lost.stderr);
    assert.equal((await edu.json<ImageView>('image', 'show', built)).heldBy, begun.tid);

    const editing = await bootedFrom(begun);
    await guest(editing).write(NOTE, 'in the second version');
    await step(begun.tid, 'stop');
    const submitted = await step(begun.tid, 'submit');
    assert.deepEqual([submitted.result?.imageId, submitted.result?.version], [built, 2]);
    await nothingIsLeft(cloud);
    const [first, latest] = [await downloaded(built, 1), await downloaded(built, 2)];
    assert.equal(first, before.sha256);
    assert.equal(latest, submitted.result?.sha256);
    assert.notEqual(latest, first);
  });

  it('installs a system from a medium onto an empty disk, and boots what was installed', async () => {
    const medium = await edu.json<Uploaded>('image', 'upload', await makeGuestImage('iso'), '--name', 'installer.iso', '--ostype', 'linux', '--usage', 'medium');
    const begun = await edu.json<TaskView>('image', 'create', '--blank', '256M', '--iso', medium.imageId, '--name', 'installed');
    await step(begun.tid, 'prepare');
    await step(begun.tid, 'run');
    // The installer powers off when it is done.
    await eventually('the installation ends', async () => at(await show(begun.tid)) === 'editing/stopped', 120_000);
    const submitted = await step(begun.tid, 'submit');
    assert.ok(submitted.result);
    const again = await bootedFrom(await create(submitted.result.imageId, 'from the installed one'));
    assert.match(await guest(again).sh('uname -a'), /Linux educloud-guest/);
    await step(again.tid, 'cancel');
    await nothingIsLeft(cloud);
    await edu.json('image', 'delete', medium.imageId);
  });

  it('deletes images that nothing uses any more, with their files', async () => {
    await edu.json('image', 'delete', built);
    await eventually('its files are gone', async () => (await versions(built).catch(() => [])).every((v) => v.state === 'deleted'), 30_000);
    await nothingIsLeft(cloud);
  });
});
