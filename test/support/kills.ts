// kill -9 at named places, and a hand that starts the daemon again. For the kill tests.
import { setTimeout as pause } from 'node:timers/promises';
import type { DaemonName } from '../../tools/cloud/layout.ts';
import { pidOf } from '../../tools/cloud/process.ts';
import type { Cloud } from '../../tools/cloud/start.ts';
import { eventually } from './eventually.ts';

const DEATH_MS = 60_000;

/** Environment of a daemon that shall die at this point; of one that shall live. */
function failAt(cloud: Cloud, role: DaemonName, point: string | undefined): Record<string, string> {
  if (!point) return {};
  const prefix = cloud.json.mode === 'all-in-one' ? 'EDUCLOUD_ALL_IN_ONE' : 'EDUCLOUD';
  return { [`${prefix}_${role.toUpperCase()}_FAIL_AT`]: point };
}

const processOf = (cloud: Cloud, role: DaemonName): DaemonName | 'all-in-one' => (cloud.json.mode === 'all-in-one' ? 'all-in-one' : role);
const isDead = async (cloud: Cloud, role: DaemonName): Promise<boolean> => (await pidOf(cloud.layout, processOf(cloud, role))) === null;
export const died = (cloud: Cloud, role: DaemonName, where: string): Promise<boolean> => eventually(`${role} dies at ${where}`, () => isDead(cloud, role), DEATH_MS);

/** kill -9 and start again, to die at `point` (if any). */
export async function restart(cloud: Cloud, role: DaemonName, point?: string): Promise<void> {
  await cloud.kill(role);
  await cloud.start(role, failAt(cloud, role, point));
  await cloud.ready(role);
}

/**
 * Does the work while the daemon dies at each of the points, one after the other; each time it is started again, armed for the next
 * point. Afterwards it runs unarmed. @throws what the work throws; also when it did not die at a point
 */
export async function dying(cloud: Cloud, role: DaemonName, points: readonly string[], work: () => Promise<void>): Promise<void> {
  // One that is dead may have work waiting: it may die before it is ever ready.
  if (await isDead(cloud, role)) await cloud.start(role, failAt(cloud, role, points[0]));
  else await restart(cloud, role, points[0]);
  let reached = 0;
  let over = false;
  const supervisor = (async () => {
    while (reached < points.length && !over) {
      if (await isDead(cloud, role)) await cloud.start(role, failAt(cloud, role, points[++reached]));
      else await pause(20);
    }
  })();
  try {
    await work();
    await eventually(`${role} dies at ${points[reached]}`, () => reached === points.length, 15_000);
  } finally {
    over = true;
    await supervisor;
    if (reached < points.length) await restart(cloud, role);
  }
  await cloud.ready(role);
}
