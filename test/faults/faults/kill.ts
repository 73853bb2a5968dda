// kill -9 of a daemon in the middle of whatever it does; started again after a while.
import type { DaemonName } from '../../../tools/cloud/layout.ts';
import type { Fault } from './interface.ts';
import { daemons } from './targets.ts';

export const kill: Fault = {
  name: 'kill',
  targets: daemons,
  touches: (name) => [`process of ${name}`],
  lastsSeconds: { from: 0, to: 12 },
  weight: 6,
  async inject(rig, target) {
    const name = target as DaemonName;
    rig.supervisor.leaveAlone(name);
    const pid = rig.cloud.json.daemons[name]?.pid;
    await rig.cloud.kill(name);
    return {
      detail: { pid },
      async heal() {
        await rig.cloud.start(name);
        rig.supervisor.watchAgain(name);
      },
    };
  },
};
