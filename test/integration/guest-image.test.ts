// The tiny guest really boots, on each kind of disk, does what the cloud asks of a guest, and keeps what was written.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeGuestImage } from '../../tools/guest-image.ts';
import { bootGuest, type BootedGuest } from '../support/qemu-guest.ts';

describe('the tiny guest', function () {
  this.timeout(240_000);
  let dir: string;
  const running: BootedGuest[] = [];
  const boot = async (options: Omit<Parameters<typeof bootGuest>[0], 'dir'>): Promise<BootedGuest> => {
    const guest = await bootGuest({ dir, ...options });
    running.push(guest);
    return guest;
  };
  let medium: { disk: string; cdrom: string; installer: BootedGuest };
  before(async () => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'educloud-guest-'));
    const disk = path.join(dir, 'empty.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '256M']);
    const cdrom = await makeGuestImage('iso');
    // Needs nobody, and an emulated guest keeps one core busy: it installs while the first test boots others.
    medium = { disk, cdrom, installer: await boot({ name: 'installer', disk, bus: 'ide', cdrom }) };
  });
  after(async () => { await Promise.all(running.map((g) => g.kill())); rmSync(dir, { recursive: true, force: true }); });

  it('boots from a virtio disk, obeys the power button, and finds on SATA with e1000e what was written before', async () => {
    const disk = path.join(dir, 'overlay.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', await makeGuestImage(), disk]);

    const first = await boot({ name: 'virtio', disk, bus: 'virtio' });
    await first.untilSaid('EDUCLOUD-GUEST-READY');
    assert.match(first.serial(), /ip=10\.0\.2\./);
    await first.untilAgent();
    await first.write('/root/note', 'kept over a power button');
    assert.match(await first.exec('/bin/uname', ['-a']), /Linux educloud-guest/);
    await first.pressPowerButton();
    await first.untilOff();

    const second = await boot({ name: 'sata', disk, bus: 'sata' });
    await second.untilSaid('EDUCLOUD-GUEST-READY');
    assert.match(second.serial(), /ip=10\.0\.2\./);
    await second.untilAgent();
    assert.equal(await second.read('/root/note'), 'kept over a power button');
    // guest-shutdown gives no answer when it works.
    await second.agent('guest-shutdown', { mode: 'powerdown' }, 1000).catch(() => undefined);
    await second.untilOff();
  });

  it('is installed from the medium onto an empty disk, and the medium steps aside afterwards', async () => {
    const { disk, cdrom, installer } = medium;
    await installer.untilSaid('EDUCLOUD-INSTALLER done');
    await installer.untilOff();

    const installed = await boot({ name: 'installed', disk, bus: 'ide', cdrom });
    await installed.untilSaid('EDUCLOUD-GUEST-READY');
    await installed.untilAgent();
    await installed.pressPowerButton();
    await installed.untilOff();
  });
});
