// What the API took it does: nothing taken is forgotten, nothing is left half-way, and nothing waits for ever.
import { isResting, type TaskState } from '@educloud/contracts';
import type { Invariant } from './interface.ts';
import { ownersOf } from './owners.ts';
import { answersOf, ordersOf, stepsOf } from './orders.ts';

const PLAN_OF_STEP = ['prepare', 'run', 'stop', 'submit'];

export const acceptedEnds: Invariant = {
  id: 'I1',
  promises: 'a command that was accepted ends: done, failed, cancelled; it is never lost and never stuck',
  check({ db, history, quietAt }) {
    const tasks = new Map(db.tasks.map((t) => [t.tid, t]));
    const images = new Map(db.images.map((i) => [i.id, i]));
    const steps = stepsOf(history);
    const lost = ordersOf(history).filter((o) => o.came === 'accepted').flatMap((order) => answersOf(order).flatMap(({ tid, body, status }) => {
      const imageId = (body as { imageId?: string } | undefined)?.imageId;
      if (tid && !tasks.has(tid)) return [`${order.method} ${order.path} was answered ${status} with task ${tid}, which does not exist`];
      if (imageId && !images.has(imageId)) return [`${order.method} ${order.path} was answered ${status} with image ${imageId}, which does not exist`];
      const gone = order.method === 'DELETE' ? /^\/images\/(img-[0-9a-f]{8})$/.exec(order.path)?.[1] : undefined;
      return gone && images.get(gone)?.deletedAt === null ? [`the deletion of ${gone} was answered ${status}, and the image is still there`] : [];
    }));
    const neverBegun = db.tasks.flatMap((task) => PLAN_OF_STEP.flatMap((step) => {
      const asked = steps.filter((o) => o.tid === task.tid && o.step === step && o.came === 'accepted').length;
      const made = db.plans.filter((p) => p.subject === task.tid && p.name.endsWith(`/${step}`)).length;
      return made < asked ? [`${step} of task ${task.tid} was accepted ${asked} times and begun ${made} times`] : [];
    }));
    return [
      ...(quietAt === null ? ['the cloud did not come to rest after everything was healed'] : []),
      ...lost,
      ...neverBegun,
      ...db.plans.filter((p) => ['running', 'unwinding', 'stuck'].includes(p.state)).map((p) => `plan ${p.id} (${p.name}) is ${p.state}`),
      ...db.tasks.filter((t) => !isResting(t.state as TaskState) && t.state !== 'pending').map((t) => `task ${t.tid} stands at ${t.phase}/${t.state}: ${t.message}`),
      ...db.tasks.filter((t) => t.state === 'stuck').map((t) => `task ${t.tid} is stuck at ${t.phase}: ${t.error?.message ?? t.message}`),
      ...db.versions.filter((v) => v.state === 'deleting').map((v) => `version ${v.version} of ${v.imageId} is still deleting`),
      ...db.outbox.map((o) => `message ${o.id} for ${o.queue} was never published`),
    ];
  },
};

export const cancelWins: Invariant = {
  id: 'I33',
  promises: 'an accepted cancel or delete ends the task, whatever was under way',
  check({ db, history }) {
    const ended = stepsOf(history).filter((o) => o.came === 'accepted' && (o.step === 'cancel' || o.step === 'delete'));
    return ended.flatMap(({ tid, step }) => {
      const task = db.tasks.find((t) => t.tid === tid);
      return task && task.state !== 'cancelled' && task.state !== 'deleted' ? [`${step} of task ${tid} was accepted, and it is ${task.phase}/${task.state}`] : [];
    });
  },
};

export const wholeRows: Invariant = {
  id: 'I2',
  promises: 'what belongs together was committed together: no task without its instance, version and plan, however the database died',
  check({ db }) {
    const instances = new Set(db.instances.map((i) => i.id));
    const owners = new Set(ownersOf(db).map((t) => t.tid));
    const versions = new Set(db.versions.map((v) => `${v.imageId}.v${v.version}`));
    const plans = new Map(db.plans.map((p) => [p.id, p]));
    const withJobs = new Set(db.jobs.map((j) => j.planId));
    const subjects = new Set<string>([...owners, ...versions, ...db.daemons.map((d) => d.id)]);
    return [
      ...db.tasks.filter((t) => !instances.has(t.insId)).map((t) => `task ${t.tid} has no instance row`),
      ...db.tasks.filter((t) => !versions.has(`${t.dstImageId}.v${t.dstVersion}`)).map((t) => `task ${t.tid} has no version row`),
      ...db.instances.filter((i) => i.tid && !owners.has(i.tid)).map((i) => `instance ${i.id} belongs to task ${i.tid}, which does not exist`),
      ...db.jobs.filter((j) => !plans.has(j.planId)).map((j) => `job ${j.id} has no plan`),
      ...db.plans.filter((p) => !withJobs.has(p.id)).map((p) => `plan ${p.id} has no jobs`),
      ...db.plans.filter((p) => p.name !== 'orphan/remove' && !subjects.has(p.subject)).map((p) => `plan ${p.id} is about ${p.subject}, which does not exist`),
      ...db.images.filter((i) => i.deletedAt === null && !db.versions.some((v) => v.imageId === i.id)).map((i) => `image ${i.id} has no version`),
    ];
  },
};
