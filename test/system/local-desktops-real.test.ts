// A local desktop of a real guest, by five processes on real servers, with `edu` alone: defined and copied while the cloud is there; started, seen,
// worked on and stopped while cloud and cluster controller are stopped; told of exactly once when they are back.
import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { InstanceView, LocalDesktop, LocalDesktops, LocalUseView } from '@educloud/contracts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { makeGuestImage } from '../../tools/guest-image.ts';
import { eduOf, type Edu } from '../support/edu-process.ts';
import { eventually } from '../support/eventually.ts';
import { keepLogs } from '../support/keep-logs.ts';
import { guestOf } from '../support/libvirt-guest.ts';
import { socketOf } from '../support/local-door.ts';
import { allowStart, freshDatabase, freshRedis, freshVhost, libvirtServer } from '../support/servers.ts';

const NOTE = '/root/written-by-a-person';
const DAY_MS = 24 * 3_600_000;

describe('a local desktop of a real guest', function () {
  this.timeout(300_000);
  let dir = '';
  let cloud: Cloud;
  let edu: Edu;
  const clock = (): string => path.join(dir, 'clock-of-the-pc');

  before(async function () {
    allowStart(this);
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-lvdr-'));
    await chmod(dir, 0o755);
    await writeFile(clock(), '0');
    const [amqpUrl, clusterAmqpUrl, dbUrl, redisUrl, libvirt] = await Promise.all([freshVhost(), freshVhost(), freshDatabase(), freshRedis(), libvirtServer()]);
    cloud = await startCloud({
      dir: path.join(dir, 'cloud'), mode: 'distributed', hypervisor: 'libvirt', servers: { amqpUrl, clusterAmqpUrl, dbUrl, redisUrl, libvirtUri: libvirt.uri },
      overrides: { cc: { usages: ['lvd'] }, nc: { clockFile: clock(), local: { enabled: true, askSeconds: 1, syncMaxLoad: 1000 } } },
    });
    edu = await eduOf(cloud, path.join(dir, 'edu'));
    await edu.json('image', 'upload', await makeGuestImage('disk'), '--name', 'tiny', '--ostype', 'linux', '--usage', 'server');
  });
  after(async function () {
    this.timeout(60_000);
    await cloud?.stop();
    keepLogs(this.test?.parent, path.join(dir, 'cloud'));
    await rm(dir, { recursive: true, force: true });
  });

  const lvd = <T>(...words: string[]): Promise<T> => edu.json<T>('lvd', ...words, '--socket', socketOf(cloud));
  const one = (id: string): Promise<LocalDesktop> => lvd<LocalDesktop>('status', id);

  it('is run on its host while nobody of the cloud is there, shows its screen, keeps what was written, and is told of once', async () => {
    const { id } = await edu.json<InstanceView>('instance', 'define', 'tiny', '--name', 'maths <7> & "more"', '--kind', 'lvd', '--type', 'tiny');
    await eventually('the host has the image', async () => (await one(id).catch(() => null))?.synced === 1, 60_000);
    await cloud.kill('clc');
    await cloud.kill('cc');

    const guest = guestOf(cloud.json.libvirtUri, id.replace('ins-', 'lvd-'));
    assert.equal((await lvd<LocalDesktop>('run', 'maths <7> & "more"', '--user', 'anna', '--wait', '--timeout', '120s')).state, 'running');
    await guest.booted();
    const { screen } = await lvd<{ screen: string }>('console', id);
    const greeting = await new Promise<string>((resolve, reject) => {
      const vnc = net.connect(screen);
      vnc.once('data', (chunk) => { resolve(chunk.toString()); vnc.destroy(); }).once('error', reject);
    });
    assert.match(greeting, /^RFB /);
    await guest.write(NOTE, 'kept');
    // The node controller dies and comes back alone: its guest has gone on.
    const before = guest.qemuPid();
    await cloud.kill('nc');
    await cloud.start('nc');
    await eventually('the guest is found again', async () => (await one(id)).state === 'running');
    assert.equal(guest.qemuPid(), before);
    const stopped = await lvd<LocalDesktop>('stop', id, '--wait', '--timeout', '120s');
    assert.deepEqual([stopped.state, guest.qemuPid()], ['off', null]);

    // A lease that has ended: refused, whatever the clock is set to, and a guest that runs is left alone.
    await lvd('run', id, '--user', 'ben', '--wait', '--timeout', '120s');
    await guest.booted();
    await writeFile(clock(), String(8 * DAY_MS));
    await eventually('the lease has ended', async () => !(await one(id)).leaseValid);
    assert.equal(await guest.read(NOTE), 'kept');
    await guest.shove('poweroff');
    await eventually('it has powered itself off', async () => (await one(id)).state === 'off', 60_000);
    const refused = await edu.run('lvd', 'run', id, '--socket', socketOf(cloud));
    assert.match(refused.stderr, /LEASE_EXPIRED.*cluster controller/s);
    await writeFile(clock(), '0');
    await eventually('the clock is set back', async () => (await edu.run('lvd', 'run', id, '--socket', socketOf(cloud))).stderr.includes('LEASE_EXPIRED'));

    await Promise.all([cloud.start('clc'), cloud.start('cc')]);
    for (const name of ['clc', 'cc', 'nc'] as const) await cloud.ready(name);
    const uses = await eventually('both runs are told', async () => {
      const all = await edu.json<LocalUseView[]>('lvd', 'usage', '--instance', id);
      return all.length === 2 && all.every((use) => use.stoppedAt !== null) ? all : null;
    }, 60_000);
    assert.deepEqual(uses.map(({ user, how }) => [user, how]).sort(), [['anna', 'agent'], ['ben', 'by-itself']]);
    await eventually('there is a new lease', async () => (await one(id)).leaseValid, 30_000);
    await lvd('run', id, '--wait', '--timeout', '120s');
    await lvd('stop', id, '--force', '--wait');
    await edu.json('instance', 'delete', id, '--wait');
    await eventually('nothing of it is on the host', async () => {
      const { items } = await lvd<LocalDesktops>('status');
      return items.length === 0 && (await readdir(path.join(cloud.layout.data('nc'), 'local', 'disks'))).length === 0;
    }, 30_000);
    assert.equal(guest.qemuPid(), null);
  });
});
