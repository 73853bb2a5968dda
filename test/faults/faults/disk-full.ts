// The file system of a daemon is full, to the last page.
import type { DaemonName } from '../../../tools/cloud/layout.ts';
import { growTo, shrinkTo } from '../rig/small-disks.ts';
import { DISK_BYTES } from '../rig/start-rig.ts';
import type { Fault } from './interface.ts';
import { storing } from './targets.ts';

export const diskFull: Fault = {
  name: 'disk-full',
  targets: storing,
  touches: (name) => [`disk of ${name}`],
  lastsSeconds: { from: 3, to: 30 },
  async inject(rig, target, random) {
    const at = rig.dataDir(target as DaemonName);
    const freeBytes = random.pick([0, 0, 64 * 1024, 4 * 1024 ** 2]);
    await shrinkTo(at, freeBytes);
    return { detail: { freeBytes }, heal: () => growTo(at, DISK_BYTES[rig.hypervisor]) };
  },
};
