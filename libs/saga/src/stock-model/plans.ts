// The two plans of the model: a random one, and one that takes everything away like a cancel. Each engine of ./engines has them.
import type { JobName } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { JobDefinition, PlanDefinition, PlanRow, SagaTx } from '../interface.ts';
import { DAEMONS, NAMES, thingOf, type JobPick, type Outcome, type PlanPick } from './picks.ts';
import type { ModelRig } from './rig.ts';

/** What own jobs need of the engine that runs them. */
export interface OwnJobs {
  life: { readonly generation: number; readonly dead: boolean };
  outcome(job: JobName, plan: PlanRow, pick: JobPick): Outcome;
  /** Work that the world waits for before it goes on. */
  counted<T>(work: () => Promise<T>): Promise<T>;
  /** Says what may never happen. */
  broken(what: string): void;
}

export function randomPlan<Tx extends { saga: SagaTx }>(rig: ModelRig<Tx>, pick: PlanPick, own: OwnJobs): PlanDefinition<Tx, PlanRow> {
  const jobs = pick.jobs.map((p, i): JobDefinition<Tx, PlanRow> => {
    const name = NAMES[i] as JobName;
    const thing = (plan: PlanRow): string => thingOf(name, plan.subject);
    const back = p.backFrom !== null && p.backFrom < i ? { retryFrom: NAMES[p.backFrom] as JobName } : {};
    const common = { name, deadlineMs: p.deadlineMs, retry: { attempts: p.attempts, backoffMs: 100 }, skip: () => p.skip, commit: i === pick.commitAt, ...back };
    if (p.kind === 'remote') return { ...common, target: () => DAEMONS[i % 2] as string, params: () => ({ insId: name }), ...(p.undo ? { undo: 'remote' as const } : {}) };
    const undo = p.undo ? { undo: (tx: Tx, plan: PlanRow) => rig.remove(tx, thing(plan)) } : {};
    if (p.kind === 'apply') {
      return { ...common, ...undo, apply: async (tx, plan) => {
        const now = own.outcome(name, plan, p);
        if (now !== 'ok') throw failure(now === 'permanent' ? 'permanent' : 'retryable');
        if (p.undo) await rig.ensure(tx, thing(plan));
        return {};
      } };
    }
    return { ...common, ...undo, perform: async (plan, _results, signal) => {
      const now = own.outcome(name, plan, p);
      const at = await own.counted(() => rig.store.transaction((tx) => tx.saga.plan(plan.id)));
      if (!own.life.dead && !signal.aborted && at?.state !== 'running') own.broken(`${name} of ${plan.id} is performed though it is ${at?.state}`);
      if (!own.life.dead && !signal.aborted && (at?.generation ?? 0) > own.life.generation) own.broken(`${name} of ${plan.id} is performed by the replaced engine ${own.life.generation}`);
      if (now === 'unknown') await new Promise((_, reject) => signal.addEventListener('abort', () => reject(failure('retryable')), { once: true }));
      if (now !== 'ok') throw failure(now === 'permanent' ? 'permanent' : 'retryable');
      // Guarded, as every perform has to be: it may be the late one of an engine that was replaced.
      if (p.undo) await own.counted(() => rig.store.transaction(async (tx) => {
        const job = await tx.saga.job(`${plan.id}/${i}`);
        if (job?.state === 'running' && (await tx.saga.plan(plan.id))?.state === 'running' && !signal.aborted) await rig.ensure(tx, thing(plan));
      }));
      return {};
    } };
  });
  return { name: 'random', load: async (_tx, plan) => plan, jobs, onDone: async () => undefined, onFailed: async () => undefined, onStuck: async () => undefined };
}

const failure = (how: 'retryable' | 'permanent'): CloudError => new CloudError('TRANSFER_FAILED', `fails: ${how}`, { retryable: how === 'retryable' });

/** Takes everything of the subject away, only forward, like a cancel. */
export function clearing<Tx extends { saga: SagaTx }>(rig: ModelRig<Tx>): PlanDefinition<Tx, PlanRow> {
  const patient = { deadlineMs: 600_000, retry: { attempts: 1000, backoffMs: 100 }, params: () => ({}) };
  return {
    name: 'clearing',
    load: async (_tx, plan) => plan,
    jobs: [
      { name: 'releaseCompute', apply: async () => ({}), commit: true, deadlineMs: 60_000 },
      { name: 'discardInstance', target: () => 'nc-1', ...patient },
      { name: 'discardStaging', target: () => 'cc-1', ...patient },
      { name: 'releaseClaims', deadlineMs: 60_000, apply: async (tx, plan) => {
        for (const name of NAMES) await rig.remove(tx, thingOf(name, plan.subject));
        return {};
      } },
    ],
    onDone: async () => undefined, onFailed: async () => undefined, onStuck: async () => undefined,
  };
}
