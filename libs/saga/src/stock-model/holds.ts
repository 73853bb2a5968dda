// What has to hold in a play of the model: after every step, and when it has ended. Asked by ../stock-model.
import assert from 'node:assert/strict';
import type { JobName } from '@educloud/contracts';
import type { JobRow, OutboxRow, SagaTx } from '../interface.ts';
import { DAEMONS, NAMES, SUBJECTS, thingOf } from './picks.ts';
import type { Play } from './play.ts';
import { ENDED } from './watch.ts';

/** After every step. */
export async function intact<Tx extends { saga: SagaTx }>(play: Play<Tx>): Promise<void> {
  assert.deepEqual(play.engines.broken, []);
  for (const row of await play.rig.store.transaction((tx) => tx.saga.outbox(100))) {
    const [, planId, index, op, attempt] = /^(.*)\/(\d+):(do|undo):(\d+)$/.exec(row.id) ?? [];
    const plan = await play.rig.store.transaction((tx) => tx.saga.plan(planId ?? ''));
    const job = (await play.jobsOf(planId ?? ''))[Number(index)] as JobRow;
    assert.notEqual(plan?.state, 'cancelled', `${row.id} waits in the outbox though its plan was cancelled`);
    const present = Number(attempt) === (op === 'do' ? job.attempt : job.undoAttempt);
    const timedOut = row.envelope.deadline !== null && row.envelope.deadline <= play.engines.clock;
    if (timedOut && present) assert.ok(job.deadlineAt !== null || job.state === 'done' || job.state === 'undone' || job.error?.code !== 'DEADLINE_EXCEEDED', `${row.id} waits in the outbox though it was given up`);
  }
}

/** After healing: nothing waits, and what there is follows from how the last plan of each subject ended. */
export async function ended<Tx extends { saga: SagaTx }>(play: Play<Tx>): Promise<void> {
  await intact(play);
  const left: OutboxRow[] = await play.rig.store.transaction((tx) => tx.saga.outbox(100));
  assert.deepEqual(left.map((row) => row.id), [], 'messages wait in the outbox');
  for (const subject of SUBJECTS) {
    const plans = await play.plansOf(subject);
    assert.deepEqual(plans.filter((plan) => !ENDED.includes(plan.state)).map((plan) => `${plan.id} ${plan.state}`), []);
    const last = plans.at(-1);
    if (!last) continue;
    const jobs = await play.jobsOf(last.id);
    if (last.state === 'done') assert.ok(jobs.every((job) => job.state === 'done'), `${last.id} is done, its jobs are ${jobs.map((job) => job.state).join()}`);
    for (const [i, p] of play.pick.jobs.entries()) {
      const name = NAMES[i] as JobName;
      const there = p.kind === 'remote' ? play.world.files.has(`${DAEMONS[i % 2]} ${name} ${subject}`) : await play.rig.has(thingOf(name, subject));
      if (last.name === 'random' && p.skip) assert.equal(jobs[i]?.attempt, 0, `${name} was to be skipped`);
      if (last.name === 'clearing') assert.ok(!there, `${name} of ${subject} is left after a cancel`);
      else if (last.state === 'failed' && p.undo) assert.ok(!there, `${name} of ${subject} is left after a failure`);
      else if (last.state === 'done' && p.undo && !p.skip) assert.ok(there, `${name} of ${subject} is missing after success`);
    }
  }
}
