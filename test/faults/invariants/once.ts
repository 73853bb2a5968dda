// However often something is asked or delivered, it takes effect once.
import type { Evidence } from '../evidence/interface.ts';
import type { SeenGuest } from '../history.ts';
import { grouped } from './grouped.ts';
import type { Invariant } from './interface.ts';
import { answersOf, ordersOf, stepsOf } from './orders.ts';

export const oneKeyOneTask: Invariant = {
  id: 'I4',
  promises: 'the same Idempotency-Key with the same request is the same task; with another request it is refused',
  check({ db, history }) {
    const orders = ordersOf(history).filter((o) => o.key !== null);
    const made = orders.flatMap((order) => {
      const things = new Set(answersOf(order).map(({ tid, body }) => tid ?? (body as { imageId?: string } | undefined)?.imageId ?? '').filter((id) => id !== ''));
      return things.size > 1 ? [`key ${order.key} of ${order.actor} made ${[...things].join(' and ')}`] : [];
    });
    const byKey = grouped(orders, (o) => `${o.actor} ${o.key}`);
    const twoRequests = [...byKey.values()].filter((same) => same.filter((o) => o.came === 'accepted').length > 1).map((same) => `key ${same[0]?.key} of ${same[0]?.actor} was accepted with ${same.length} different requests`);
    const names = grouped(db.tasks.filter((t) => t.kind === 'image/create'), (t) => t.name);
    return [...made, ...twoRequests, ...[...names].filter(([, same]) => same.length > 1).map(([name, same]) => `${same.length} tasks are called ${name}: ${same.map((t) => t.tid).join(', ')}`)];
  },
};

export const oneOrderOnePlan: Invariant = {
  id: 'I3',
  promises: 'what was ordered once is done once: one plan per order, one start of a guest per attempt',
  check(evidence) {
    const steps = stepsOf(evidence.history);
    const plans = evidence.db.tasks.flatMap((task) => ['prepare', 'run', 'stop', 'submit'].flatMap((step) => {
      // A retry does the failed step again, whichever that is.
      const ordered = steps.filter((o) => o.tid === task.tid && (o.step === step || o.step === 'retry') && o.came !== 'refused').length;
      const made = evidence.db.plans.filter((p) => p.subject === task.tid && p.name.endsWith(`/${step}`)).length;
      return made > ordered ? [`${step} of task ${task.tid} was ordered ${ordered} times and begun ${made} times`] : [];
    }));
    return [...plans, ...doubleStarts(evidence), ...doubleEntries(evidence)];
  },
};

const STARTS: ReadonlySet<string> = new Set(['startDomain', 'rebootDomain', 'resumeDomain']);

/** Every QEMU process is a start of its own. */
function doubleStarts({ db, history }: Evidence): string[] {
  const started = history.filter((e): e is SeenGuest => e.kind === 'seen' && e.what === 'guest' && e.state === 'running' && e.pid !== null);
  return [...grouped(started, (e) => e.insId)].flatMap(([insId, seen]) => {
    const pids = new Set(seen.map((e) => `${e.node} ${e.pid}`));
    const tid = db.instances.find((i) => i.id === insId)?.tid;
    const attempts = db.jobs.filter((j) => j.planId.startsWith(`${tid}/`)).reduce((sum, j) => sum + (STARTS.has(j.name) ? j.attempt : j.name === 'suspendDomain' ? j.undoAttempt : 0), 0);
    return pids.size > attempts ? [`guest ${insId} was started ${pids.size} times (processes ${[...pids].join(', ')}) in ${attempts} attempts`] : [];
  });
}

/** Two results for one attempt would be two truths. */
function doubleEntries({ disks }: Evidence): string[] {
  return disks.flatMap((disk) => [...grouped(disk.journal, (e) => `${e.jobId}:${e.op}:${e.attempt}`)].filter(([, same]) => same.length > 1).map(([what, same]) => `${disk.id} did ${what} ${same.length} times`));
}
