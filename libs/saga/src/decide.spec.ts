import assert from 'node:assert/strict';
import { modelRuns } from '@educloud/model-runs';
import fc from 'fast-check';
import type { JobName, WireError } from '@educloud/contracts';
import { afterFailure, afterUndoFailure, deadlineError, decide, needsUndo, onlyForward, UNDO, untimely, type Decision } from './decide.ts';
import type { JobDefinition, JobRow, PlanRow } from './interface.ts';

const NAMES: JobName[] = ['placeInstance', 'cacheImage', 'fetchImage', 'cloneDisk', 'registerVersion', 'discardStaging'];
type Def = { jobs: Array<JobDefinition<unknown, unknown>> };
const def = (jobs: Array<Partial<JobDefinition<unknown, unknown>>>): Def => ({ jobs: jobs.map((j, i) => ({ name: NAMES[i] as JobName, target: () => 'nc-1', deadlineMs: 100, undo: 'remote', ...j })) });
const row = (index: number, set: Partial<JobRow> = {}): JobRow => ({
  id: `s/1/${index}`, planId: 's/1', index, name: NAMES[index] as JobName, role: 'nc', target: 'nc-1', state: 'pending', attempt: 0, undoAttempt: 0, rev: 1,
  params: null, result: null, error: null, deadlineAt: null, notBefore: null, startedAt: null, endedAt: null, ...set,
});
const plan = (state: PlanRow['state']): PlanRow => ({ id: 's/1', subject: 's', seq: 1, name: 'p', state, generation: 1, rev: 1, input: null, error: null, startedAt: 0, endedAt: null });
const error = (code: string, retryable: boolean): WireError => ({ code, message: code, retryable });
const what = (d: Decision): string => ('job' in d ? `${d.act} ${d.job.index}` : d.act);

describe('decide', () => {
  const three = def([{}, {}, {}]);
  it('dispatches the first job that is not done, waits while it runs, ends when all are done', () => {
    assert.equal(what(decide(plan('running'), [row(0), row(1)], three, 0)), 'dispatch 0');
    assert.equal(what(decide(plan('running'), [row(0, { state: 'done' }), row(1, { state: 'running', deadlineAt: 9 })], three, 8)), 'wait');
    assert.equal(what(decide(plan('running'), [row(0, { state: 'done' }), row(1, { state: 'done' })], three, 8)), 'done');
  });

  it('says which job of which daemon ran out of time', () => {
    const d = decide(plan('running'), [row(0, { state: 'running', attempt: 1, deadlineAt: 9 })], three, 9);
    assert.equal(d.act === 'fail' && d.error.message, 'placeInstance at nc-1 did not end within its time');
  });

  it('undoes in reverse what was ever attempted, the failed and the unanswered one too', () => {
    const jobs = [row(0, { state: 'done', attempt: 1 }), row(1, { state: 'pending', attempt: 2 }), row(2, { state: 'failed', attempt: 3 }), row(3)];
    assert.equal(what(decide(plan('unwinding'), jobs, three, 0)), 'undo 2');
    jobs[2] = row(2, { state: 'undone', attempt: 3 });
    assert.equal(what(decide(plan('unwinding'), jobs, three, 0)), 'undo 1');
    jobs[1] = row(1, { state: 'undone', attempt: 3 });
    jobs[0] = row(0, { state: 'undone', attempt: 3 });
    assert.equal(what(decide(plan('unwinding'), jobs, three, 0)), 'failed');
  });

  it('retries only what may succeed, and unwinds at the deadline at once', () => {
    const jobs = [row(0, { state: 'running', attempt: 1 })];
    const job = jobs[0] as JobRow;
    assert.deepEqual(afterFailure(jobs, three, job, error('TRANSFER_FAILED', true), 50), { then: 'retry', from: 0, at: 1050 });
    assert.deepEqual(afterFailure(jobs, three, job, error('HYPERVISOR_FAILED', false), 50), { then: 'unwind' });
    assert.deepEqual(afterFailure(jobs, three, job, error('DEADLINE_EXCEEDED', true), 50), { then: 'unwind' });
    assert.deepEqual(afterFailure(jobs, three, { ...job, attempt: 3 }, error('TRANSFER_FAILED', true), 50), { then: 'unwind' });
  });

  it('tells of a full disk after three attempts, however often the job may be retried', () => {
    const patient = def([{ retry: { attempts: 100, backoffMs: 1000 } }]);
    const job = row(0, { state: 'running', attempt: 3 });
    assert.equal(afterFailure([job], patient, job, error('DISK_FULL', true), 0).then, 'unwind');
    assert.equal(afterFailure([job], patient, { ...job, attempt: 2 }, error('DISK_FULL', true), 0).then, 'retry');
    assert.equal(afterFailure([job], patient, job, error('TRANSFER_FAILED', true), 0).then, 'retry');
  });

  it('goes back to the job that feeds it, but never behind the commit job', () => {
    const plain = def([{}, {}, { retryFrom: 'placeInstance' }]);
    const committed = def([{ commit: true }, {}, { retryFrom: 'placeInstance' }]);
    const jobs = [row(0, { state: 'done' }), row(1, { state: 'done' }), row(2, { state: 'running', attempt: 1, deadlineAt: 1e6 })];
    const failed = error('TRANSFER_FAILED', true);
    assert.deepEqual(afterFailure(jobs, plain, jobs[2] as JobRow, failed, 0), { then: 'retry', from: 0, at: 1000 });
    assert.deepEqual(afterFailure(jobs, committed, jobs[2] as JobRow, failed, 0), { then: 'retry', from: 1, at: 1000 });
  });

  it('after the commit job retries anything until the deadline, then is stuck', () => {
    const d = def([{ commit: true }, {}]);
    const jobs = [row(0, { state: 'done' }), row(1, { state: 'running', attempt: 9, deadlineAt: 1000 })];
    assert.deepEqual(afterFailure(jobs, d, jobs[1] as JobRow, error('HYPERVISOR_FAILED', false), 999), { then: 'retry', from: 1, at: 30_999 });
    assert.deepEqual(afterFailure(jobs, d, jobs[1] as JobRow, error('HYPERVISOR_FAILED', false), 1000), { then: 'stuck' });
    assert.equal(what(decide(plan('running'), [jobs[0] as JobRow, { ...(jobs[1] as JobRow), state: 'pending', notBefore: 30_999 }], d, 1000)), 'stuck 1');
  });

  it('R122: never gives up what has no way back from its first job on, such as the removal of a file', () => {
    const d = def([{ commit: true }]);
    const job = row(0, { state: 'running', attempt: 1, deadlineAt: 1000 });
    assert.deepEqual(afterFailure([job], d, job, error('TRANSFER_FAILED', false), 0), { then: 'retry', from: 0, at: 1000 });
    assert.deepEqual(afterFailure([job], d, job, error('EXPIRED', false), 0), { then: 'stuck' });
  });

  it('gives an undo five attempts in a round, and another round when it is resumed', () => {
    const then = Array.from({ length: 10 }, (_, i) => afterUndoFailure(row(0, { undoAttempt: i + 1 }), 0).then);
    assert.deepEqual(then.map((t, i) => (t === 'stuck' ? i + 1 : 0)).filter(Boolean), [UNDO.attempts, 2 * UNDO.attempts]);
  });

  it('R120: does not wait for a retry that a clock ahead has put an hour away', () => {
    const retry = (notBefore: number): string => what(decide(plan('running'), [row(0, { attempt: 1, notBefore })], three, 1000));
    assert.deepEqual([retry(1000), retry(31_000), retry(3_601_000)], ['dispatch 0', 'wait', 'dispatch 0']);
    assert.equal(what(decide(plan('unwinding'), [row(0, { state: 'undoing', attempt: 1, undoAttempt: 1, notBefore: 3_601_000 })], three, 1000)), 'undo 0');
  });

  it('R120: knows what got stuck by a wrong clock from what had its time', () => {
    const stuckBy = (e: WireError, now: number): boolean => untimely({ error: e }, now);
    const late = deadlineError(row(0, { deadlineAt: 5000 }), 'undo');
    assert.deepEqual([stuckBy(late, 4999), stuckBy(late, 5000)], [true, false]);
    assert.equal(stuckBy(error('EXPIRED', false), 0), true);
    assert.equal(stuckBy({ ...error('UNDO_FAILED', false), data: { cause: late } }, 4999), true);
    assert.equal(stuckBy({ ...error('UNDO_FAILED', false), data: { cause: error('HYPERVISOR_FAILED', false) } }, 0), false);
    assert.equal(stuckBy(error('HYPERVISOR_FAILED', false), 0), false);
  });

  it('in any game of failures and lateness ends, undoes in reverse order, and never undoes after the commit', () => {
    const jobs = fc.array(fc.record({ undo: fc.boolean(), retryFrom: fc.option(fc.nat(5), { nil: undefined }), attempts: fc.integer({ min: 1, max: 3 }) }), { minLength: 1, maxLength: 6 });
    const moves = fc.array(fc.constantFrom('ok', 'ok', 'ok', 'retryable', 'final', 'silence'), { maxLength: 60 });
    fc.assert(fc.property(jobs, fc.nat(6), moves, (kinds, commitAt, played) => {
      const d = def(kinds.map((k, i) => ({
        undo: k.undo ? 'remote' : undefined, commit: i === commitAt, retry: { attempts: k.attempts, backoffMs: 10 }, ...(k.retryFrom !== undefined && k.retryFrom < i ? { retryFrom: NAMES[k.retryFrom] as JobName } : {}),
      })));
      const p = plan('running');
      const rows = kinds.map((_, i) => row(i));
      const undone: number[] = [];
      const set = (job: JobRow, change: Partial<JobRow>): JobRow => (rows[job.index] = { ...job, ...change });
      let now = 0;
      let move = 0;
      const fail = (job: JobRow, e: WireError): void => {
        const next = afterFailure(rows, d, job, e, now);
        if (next.then === 'stuck') { set(job, { state: 'stuck', deadlineAt: null }); p.state = 'stuck'; }
        else if (next.then === 'unwind') { set(job, { state: 'failed', deadlineAt: null }); p.state = 'unwinding'; }
        else {
          assert.ok(!rows.slice(next.from, job.index + 1).some((j) => j.state === 'done' && d.jobs[j.index]?.commit), 'went back behind the commit');
          const forward = onlyForward(rows, d);
          for (const j of rows.slice(next.from, job.index + 1)) set(j, { state: 'pending', notBefore: j.index === next.from ? next.at : null, deadlineAt: forward && j.index === job.index ? j.deadlineAt : null });
        }
      };
      const failUndo = (job: JobRow): void => {
        const next = afterUndoFailure(job, now);
        set(job, next.then === 'retry' ? { deadlineAt: null, notBefore: next.at } : { state: 'stuck', deadlineAt: null });
        if (next.then === 'stuck') p.state = 'stuck';
      };
      for (let turn = 0; p.state === 'running' || p.state === 'unwinding'; turn++) {
        assert.ok(turn < 3000, 'does not end');
        const next = decide(p, rows, d, now);
        if (next.act === 'done') { assert.ok(rows.every((j) => j.state === 'done')); p.state = 'done'; }
        else if (next.act === 'failed') { assert.ok(!rows.some((j) => needsUndo(j, d))); p.state = 'failed'; }
        else if (next.act === 'stuck') p.state = 'stuck';
        else if (next.act === 'fail') fail(next.job, next.error);
        else if (next.act === 'undo-failed') failUndo(next.job);
        else if (next.act === 'dispatch') set(next.job, { state: 'running', attempt: next.job.attempt + 1, deadlineAt: next.job.deadlineAt ?? now + 100, notBefore: null });
        else if (next.act === 'undo') {
          assert.ok(!onlyForward(rows, d), 'undo after the commit');
          set(next.job, { state: 'undoing', undoAttempt: next.job.undoAttempt + 1, deadlineAt: now + 100, notBefore: null });
        } else {
          const moving = rows.find((j) => (j.state === 'running' || j.state === 'undoing') && j.deadlineAt !== null);
          const m = moving ? (played[move++] ?? 'ok') : 'silence';
          if (!moving || m === 'silence') now += 50;
          else if (moving.state === 'undoing') {
            if (m === 'ok') { undone.push(moving.index); set(moving, { state: 'undone', deadlineAt: null }); } else failUndo(moving);
          } else if (m === 'ok') set(moving, { state: 'done', deadlineAt: null });
          else fail(moving, error('X', m === 'retryable'));
        }
      }
      assert.deepEqual(undone, [...undone].sort((a, b) => b - a));
    }), { numRuns: modelRuns(400) });
  });
});
