// The clock of one daemon is an hour wrong, forward or back, and later right again.
import { rename, rm, writeFile } from 'node:fs/promises';
import type { DaemonName } from '../../../tools/cloud/layout.ts';
import type { Fault } from './interface.ts';
import { daemons } from './targets.ts';

export const clock: Fault = {
  name: 'clock',
  targets: daemons,
  touches: (name) => [`clock of ${name}`],
  lastsSeconds: { from: 5, to: 40 },
  async inject(rig, target, random) {
    const file = rig.clockFile(target as DaemonName);
    const offsetMs = random.pick([-3_600_000, 3_600_000]);
    await writeFile(`${file}.new`, `${offsetMs}\n`);
    await rename(`${file}.new`, file);
    return { detail: { offsetMs }, heal: () => rm(file, { force: true }) };
  },
};
