// The kill test on real parts: a real guest, and real bytes on their way, while daemons and servers are killed and started again.
// RabbitMQ, MariaDB, Redis and libvirtd are this file's own, because they die here too.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { TaskView } from '@educloud/contracts';
import type { DaemonName } from '../../tools/cloud/layout.ts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { makeGuestImage } from '../../tools/guest-image.ts';
import { startServers, type Servers } from '../../tools/servers/index.ts';
import { builderOf, type Builder } from '../support/build-flow.ts';
import { eventually } from '../support/eventually.ts';
import { keepLogs } from '../support/keep-logs.ts';
import { dying } from '../support/kills.ts';
import { nothingIsLeft } from '../support/leftovers.ts';
import { guestOf, type LibvirtGuest } from '../support/libvirt-guest.ts';

const MiB = 1024 ** 2;
/** Behind the guest's own disk, so that a transfer takes long enough to be interrupted. */
const BALLAST_BYTES = 128 * MiB;
const at = (task: TaskView): string => `${task.phase}/${task.state}`;

describe('kill -9 of daemons and servers while a real guest is built', function () {
  this.timeout(180_000);
  let dir = '';
  let servers: Servers;
  let cloud: Cloud;
  let user: Builder;
  let image = '';

  before(async function () {
    this.timeout(240_000);
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-kill-real-'));
    await chmod(dir, 0o755);
    servers = await startServers({ dir: path.join(dir, 'servers'), libvirt: true });
    cloud = await startCloud({ dir: path.join(dir, 'cloud'), mode: 'distributed', hypervisor: 'libvirt', servers });
    user = await builderOf(cloud);
  });
  after(async function () {
    this.timeout(90_000);
    await cloud?.stop();
    await servers?.stop({ guests: true });
    keepLogs(this.test?.parent, path.join(dir, 'cloud'));
    await rm(dir, { recursive: true, force: true });
  });

  /** The guest image with bytes that no cache has seen. */
  async function freshImage(): Promise<string> {
    const file = path.join(dir, 'source.raw');
    await promisify(execFile)('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', '--', await makeGuestImage(), file]);
    for (let done = 0; done < BALLAST_BYTES; done += 16 * MiB) await appendFile(file, randomBytes(16 * MiB));
    const id = await user.upload(file, { name: `guest-${randomBytes(3).toString('hex')}`, format: 'raw' });
    await rm(file);
    return id;
  }
  const guest = (task: TaskView): LibvirtGuest => guestOf(cloud.json.libvirtUri, task.insId);
  const comesTo = async (task: TaskView, where: string): Promise<void> => {
    const now = await user.rests(task.tid, 120_000);
    assert.equal(at(now), where, now.error?.message ?? now.message);
  };

  /** Waits until bytes arrive in that folder, and stops the image store in the middle of them; then `work`, then it goes on. */
  async function inTheMiddle(folder: string, work: () => Promise<void>): Promise<void> {
    const pid = cloud.json.daemons.walrus.pid;
    const arrived = async (): Promise<number> => {
      const part = (await readdir(folder)).find((name) => name.endsWith('.part'));
      return part ? (await stat(path.join(folder, part))).size : 0;
    };
    await eventually(`bytes arrive in ${folder}`, async () => (await arrived()) > MiB, 60_000);
    process.kill(pid, 'SIGSTOP');
    try {
      assert.ok((await arrived()) < BALLAST_BYTES, 'it was too late to interrupt the transfer');
      await work();
    } finally {
      if (cloud.json.daemons.walrus.pid === pid) process.kill(pid, 'SIGCONT');
    }
  }
  const folder = (who: DaemonName, ...parts: string[]): string => path.join(cloud.layout.data(who), ...parts);
  async function killed(who: DaemonName): Promise<void> {
    await cloud.kill(who);
    await cloud.start(who);
  }

  it('the node dies in the middle of the download: it goes on by itself; a cancel leaves nothing', async () => {
    const task = await user.begin(await freshImage());
    await user.ask(task.tid, 'prepare');
    await inTheMiddle(folder('nc', 'images'), () => killed('nc'));
    await comesTo(task, 'preparing/prepared');
    await user.do(task.tid, 'cancel');
    await nothingIsLeft(cloud);
  });

  it('the cluster controller dies in the middle of filling its cache, the node before and after the clone', async () => {
    image = await freshImage();
    const task = await user.begin(image);
    await dying(cloud, 'nc', ['cloneDisk:do:before', 'cloneDisk:do:after'], async () => {
      await user.ask(task.tid, 'prepare');
      await inTheMiddle(folder('cc', 'images'), () => killed('cc'));
      await comesTo(task, 'preparing/prepared');
    });
    await user.do(task.tid, 'cancel');
    await nothingIsLeft(cloud);
  });

  it('CLC, node, libvirtd and image store die in turn while a guest is edited: it runs on, and what was written is in the new image', async () => {
    const task = await user.begin(image);
    await user.do(task.tid, 'prepare');
    await dying(cloud, 'clc', ['outbox:before', 'outbox:after'], async () => {
      await user.ask(task.tid, 'run');
      await comesTo(task, 'editing/running');
    });
    const note = `written between deaths ${randomBytes(8).toString('hex')}`;
    await guest(task).booted();
    await guest(task).write('/root/note', note);
    await guest(task).sh('sync');
    const pid = guest(task).qemuPid();
    assert.ok(pid);
    await killed('nc');
    await cloud.ready('nc');
    assert.equal(guest(task).qemuPid(), pid, 'the guest runs on without its node controller');
    await servers.libvirtd?.kill();
    await servers.libvirtd?.restart();
    await cloud.ready('nc');
    assert.equal(guest(task).qemuPid(), pid, 'the guest runs on without libvirtd');
    assert.equal(at(await user.task(task.tid)), 'editing/running');

    await user.ask(task.tid, 'stop', { graceSeconds: 30 });
    await servers.libvirtd?.kill();
    await servers.libvirtd?.restart();
    await comesTo(task, 'editing/stopped');
    await user.ask(task.tid, 'submit');
    await inTheMiddle(folder('walrus', 'incoming'), () => killed('walrus'));
    await comesTo(task, 'submitted/submitted');
    const built = await readFile(folder('walrus', 'images', `${task.dstImageId}.v${task.dstVersion}.qcow2`));
    assert.ok(built.includes(note), 'the new image does not hold what was written');
    await nothingIsLeft(cloud);
  });

  it('the broker dies in the middle of each phase', async () => {
    const brokerDies = async (): Promise<void> => {
      await servers.rabbitmq.kill();
      await servers.rabbitmq.restart();
    };
    const task = await user.begin(await freshImage());
    await user.ask(task.tid, 'prepare');
    await inTheMiddle(folder('nc', 'images'), brokerDies);
    await comesTo(task, 'preparing/prepared');
    await user.ask(task.tid, 'run');
    await brokerDies();
    await comesTo(task, 'editing/running');
    await user.ask(task.tid, 'stop', { graceSeconds: 5 });
    await brokerDies();
    await comesTo(task, 'editing/stopped');
    await user.ask(task.tid, 'submit');
    await inTheMiddle(folder('walrus', 'incoming'), brokerDies);
    await comesTo(task, 'submitted/submitted');
    await nothingIsLeft(cloud, 30_000);
  });

  it('database, cache and libvirtd die in the middle of a phase', async () => {
    const databaseDies = async (): Promise<void> => {
      await servers.mariadb.kill();
      await servers.mariadb.restart();
    };
    const task = await user.begin(image);
    await user.ask(task.tid, 'prepare');
    await databaseDies();
    await comesTo(task, 'preparing/prepared');
    await user.ask(task.tid, 'run');
    await servers.libvirtd?.kill();
    await servers.redis.kill();
    await servers.libvirtd?.restart();
    await servers.redis.restart();
    await comesTo(task, 'editing/running');
    await user.ask(task.tid, 'stop', { force: true });
    await databaseDies();
    await comesTo(task, 'editing/stopped');
    await user.ask(task.tid, 'submit');
    await inTheMiddle(folder('walrus', 'incoming'), async () => {
      await databaseDies();
      await servers.redis.restart();
    });
    await comesTo(task, 'submitted/submitted');
    await nothingIsLeft(cloud);
  });
});
