// SIGSTOP of a daemon: its connections stay open and silent, and when it goes on it believes that no time has passed.
import type { DaemonName } from '../../../tools/cloud/layout.ts';
import { pidOf } from '../../../tools/cloud/process.ts';
import type { Fault } from './interface.ts';
import { daemons } from './targets.ts';

export const pause: Fault = {
  name: 'pause',
  targets: daemons,
  touches: (name) => [`process of ${name}`],
  lastsSeconds: { from: 2, to: 45 },
  weight: 2,
  async inject(rig, target) {
    const pid = await pidOf(rig.cloud.layout, target as DaemonName);
    if (!pid) return { detail: 'it was not there', heal: async () => undefined };
    process.kill(pid, 'SIGSTOP');
    return {
      detail: { pid },
      async heal() {
        // Not when it is another process by now.
        if ((await pidOf(rig.cloud.layout, target as DaemonName)) === pid) process.kill(pid, 'SIGCONT');
      },
    };
  },
};
