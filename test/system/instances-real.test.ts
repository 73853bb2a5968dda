// Instances of real guests, by five processes on real servers, with `edu` alone: what a guest wrote is kept or lost as its lifetime says, what it
// does by itself is seen, and nothing is left of what was deleted.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { InstanceView } from '@educloud/contracts';
import { verify } from 'unixcrypt';
import { eventually } from '../support/eventually.ts';
import { dying } from '../support/kills.ts';
import { guestOf, type LibvirtGuest } from '../support/libvirt-guest.ts';
import { nothingIsLeft } from '../support/leftovers.ts';
import { buildScene } from './build-real/scene.ts';

const run = promisify(execFile);
const NOTE = '/root/written-by-a-person';

describe('instances of real guests, by five processes on real servers', function () {
  this.timeout(300_000);
  const scene = buildScene();
  before(async () => void (await scene.upload('disk', 'tiny')));

  const define = (...options: string[]): Promise<InstanceView> => scene.edu.json<InstanceView>('instance', 'define', 'tiny', '--name', 'desk <7> & "more"', '--kind', 'rvd', '--type', 'tiny', ...options);
  const guest = (id: string): LibvirtGuest => guestOf(scene.cloud.json.libvirtUri, id);
  const show = (id: string): Promise<InstanceView> => scene.edu.json<InstanceView>('instance', 'show', id);
  async function act(id: string, action: string, status: string, ...options: string[]): Promise<InstanceView> {
    const view = await scene.edu.json<InstanceView>('instance', action, id, '--wait', '--timeout', '150s', ...options);
    assert.equal(view.status, status, view.message);
    return view;
  }
  const booted = async (id: string): Promise<LibvirtGuest> => {
    await act(id, 'run', 'ACTIVE');
    await guest(id).booted();
    return guest(id);
  };
  const seen = (id: string, status: string): Promise<InstanceView> => eventually(`it is ${status}`, async () => { const now = await show(id); return now.status === status ? now : null; }, 60_000);

  it('a persistent one keeps what was written over stop, restart and its own power-off, which is seen; a pause stands still; a reset loses it', async () => {
    const { id } = await define();
    await (await booted(id)).write(NOTE, 'kept');
    assert.match((await act(id, 'stop', 'SHUTOFF')).message, /the guest agent powered it off/);
    assert.equal(await (await booted(id)).read(NOTE), 'kept');
    const before = guest(id).qemuPid();
    await act(id, 'reboot', 'ACTIVE');
    await guest(id).booted();
    assert.notEqual(guest(id).qemuPid(), before);
    await act(id, 'pause', 'PAUSED');
    await act(id, 'unpause', 'ACTIVE');
    assert.equal(await guest(id).read(NOTE), 'kept');
    await guest(id).shove('poweroff');
    assert.match((await seen(id, 'SHUTOFF')).message, /powered itself off/);
    await act(id, 'reset', 'DEFINED');
    await assert.rejects((await booted(id)).read(NOTE));
    await act(id, 'delete', 'DELETED');
    await nothingIsLeft(scene.cloud);
  });
  it('an assigned one begins anew at each run; a temporary one leaves nothing behind when it powers itself off', async () => {
    const assigned = await define('--lifetime', 'assigned');
    await (await booted(assigned.id)).write(NOTE, 'gone at the next run');
    await act(assigned.id, 'stop', 'SHUTOFF');
    await assert.rejects((await booted(assigned.id)).read(NOTE));
    await act(assigned.id, 'delete', 'DELETED');

    const temporary = await define('--lifetime', 'temporary');
    await (await booted(temporary.id)).shove('poweroff');
    assert.equal((await seen(temporary.id, 'DEFINED')).nodeName, null);
    await act(temporary.id, 'delete', 'DELETED');
    await nothingIsLeft(scene.cloud);
  });
  it('one is told its name, password, keys and script at its first start, and keeps them', async () => {
    const [password, keys, script] = ['password', 'keys.pub', 'setup.sh'].map((name) => path.join(scene.dir, name)) as [string, string, string];
    const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBvNQ2xE6bWrKMRCjTMwbVV1Wvt9mO2MSjTeBpVrE8yQ anna@school';
    await Promise.all([writeFile(password, 'a "secret" $word\n'), writeFile(keys, `# mine\n${KEY}\n`), writeFile(script, '#!/bin/sh\necho "told by $(hostname)" >/root/told\n')]);
    const { id, cloudInit } = await define('--hostname', 'web-7.school', '--password-file', password, '--ssh-key', keys, '--user-data', script);
    assert.deepEqual(cloudInit, { hostname: 'web-7.school', user: null, hasPassword: true, sshKeys: 1, userDataBytes: 49 });
    const inside = await booted(id);
    assert.equal(await inside.sh('hostname'), 'web-7.school\n');
    assert.equal(await inside.read('/root/told'), 'told by web-7.school\n');
    assert.equal(await inside.read('/root/.ssh/authorized_keys'), `${KEY}\n`);
    const shadow = (await inside.sh('grep ^root: /etc/shadow')).split(':')[1] ?? '';
    assert.ok(verify('a "secret" $word', shadow), shadow);
    await act(id, 'stop', 'SHUTOFF');
    assert.equal(await (await booted(id)).sh('hostname'), 'web-7.school\n', 'also the second time');
    await act(id, 'delete', 'DELETED');
    await nothingIsLeft(scene.cloud);
  });
  it('one that is suspended goes on where it was, with what it had in memory; what it wrote on its data disk outlives a reset', async () => {
    const { id } = await define('--data-disk', '1');
    const inside = await booted(id);
    await inside.sh('mke2fs -q /dev/vdb 2>/dev/null || mkfs.ext2 /dev/vdb; mkdir -p /mnt/data && mount -t ext4 /dev/vdb /mnt/data && echo kept >/mnt/data/note && umount /mnt/data');
    await inside.write('/tmp/only-in-memory', 'here');
    const bootId = await inside.sh('cat /proc/sys/kernel/random/boot_id');
    await act(id, 'suspend', 'SUSPENDED');
    assert.equal(inside.qemuPid(), null);
    await act(id, 'resume', 'ACTIVE');
    await inside.booted();
    assert.deepEqual([await inside.sh('cat /proc/sys/kernel/random/boot_id'), await inside.read('/tmp/only-in-memory')], [bootId, 'here']);
    await act(id, 'suspend', 'SUSPENDED');
    await act(id, 'stop', 'SHUTOFF');
    await act(id, 'reset', 'DEFINED');
    const anew = await booted(id);
    assert.notEqual(await anew.sh('cat /proc/sys/kernel/random/boot_id'), bootId);
    assert.equal(await anew.sh('mkdir -p /mnt/data && mount -t ext4 /dev/vdb /mnt/data && cat /mnt/data/note && umount /mnt/data'), 'kept\n');
    await act(id, 'delete', 'DELETED');
    await nothingIsLeft(scene.cloud);
  });
  it('one whose QEMU dies is in error with the reason, and can be run again; its node dies as it starts it and as it stops it: there is one guest, and in the end none', async () => {
    const { id } = await define();
    const domains = async (): Promise<string[]> => (await run('virsh', ['-c', scene.cloud.json.libvirtUri ?? '', 'list', '--all', '--name'])).stdout.split('\n').filter((name) => name !== '');
    await dying(scene.cloud, 'nc', ['defineDomain:do:after', 'bootDomain:do:after'], async () => void (await booted(id)));
    assert.deepEqual(await domains(), [id]);
    process.kill(guest(id).qemuPid() ?? 0, 'SIGKILL');
    const broken = await seen(id, 'ERROR');
    assert.equal(broken.error?.code, 'HYPERVISOR_FAILED');
    await booted(id);
    await dying(scene.cloud, 'nc', ['askShutdown:do:after'], async () => void (await act(id, 'stop', 'SHUTOFF')));
    assert.equal(guest(id).qemuPid(), null);
    await act(id, 'delete', 'DELETED');
    await nothingIsLeft(scene.cloud);
  });
});
