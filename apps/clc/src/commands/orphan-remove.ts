// orphan/remove: one thing that nothing needs goes from the daemon that holds it. Begun by the reconciler after the grace, or by an administrator at once.
import { inWords, say, type HeldItem, type HeldKind, type JobName, type JobParams, type JobResult, type NodeEvent, type RemoveOrphan } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { JobDefinition, PlanDefinition, PlanRow } from '@educloud/saga';
import type { z } from 'zod';
import type { Deps, PlanDeps } from '../deps.ts';
import { knownOf, subjectOf } from '../reconcile/known.ts';
import { judge } from '../reconcile/judge.ts';
import type { DaemonRow, OrphanRow, Tx } from '../store/interface.ts';

type Starter = Pick<Deps, 'saga'>;

/** The administrator's word, also for what would be kept. Still nothing that is needed. */
export async function removeOrphan(deps: Pick<Deps, 'saga' | 'store' | 'now'>, order: z.output<typeof RemoveOrphan>, by: string): Promise<OrphanRow> {
  const row = await deps.store.transaction(async (tx) => {
    // check
    const found = await tx.orphans.orphan(order.daemonId, `${order.kind}/${order.name}`);
    const daemon = await tx.daemons.daemon(order.daemonId);
    if (!found || !daemon) throw new CloudError('NOT_FOUND', `${order.daemonId} has no orphan ${order.kind}/${order.name}`);
    // record
    if (!(await beginRemoval(deps, tx, daemon, found, true))) throw new CloudError('NOT_FOUND', `${order.kind}/${order.name} of ${daemon.name} is needed again, or its task is at work on it`);
    await tx.events.append('node', daemon.id, said(daemon, deps.now(), `${by} has ${found.name} removed (${inWords(found.what, 'en')}; ${inWords(found.why, 'en')})`));
    return found;
  });
  // send
  deps.saga.kick();
  return row;
}

/** In the transaction: looks once more whether nothing needs it, and starts the plan. False: it is needed, or a step of its task is under way. */
export async function beginRemoval(deps: Starter, tx: Tx, daemon: DaemonRow, row: OrphanRow, always: boolean): Promise<boolean> {
  // As harmless as it can be: what is kept is kept because of the row.
  const item: HeldItem = { kind: row.kind, name: row.name, sizeBytes: row.sizeBytes, holds: [], running: false, booted: row.kept !== null };
  const known = (await knownOf(tx, [item]))(item);
  const finding = judge(item, daemon, known);
  if (!finding) {
    if (!known.active) await tx.orphans.removeOrphan(row.daemonId, row.item);
    return false;
  }
  if (finding.kept !== null && !always) return false;
  const subject = subjectOf(daemon.id, item, known);
  if (await tx.saga.activePlan(subject)) return false;
  await deps.saga.start(tx, { subject, name: 'orphan/remove', input: { daemonId: daemon.id, kind: row.kind, name: row.name, evenBooted: always || finding.ended } satisfies Input });
  return true;
}

interface Input { daemonId: string; kind: HeldKind; name: string; evenBooted: boolean }
interface Doomed { daemon: DaemonRow | null; input: Input }

const JOB_OF = { nc: 'removeFromNode', cc: 'removeFromCluster', walrus: 'removeFromStore' } as const;

const removal = (role: keyof typeof JOB_OF): JobDefinition<Tx, Doomed> => ({
  name: JOB_OF[role],
  skip: ({ daemon }) => daemon?.role !== role,
  target: ({ input }) => input.daemonId,
  params: ({ input }): JobParams<'removeFromNode'> => ({ kind: input.kind, name: input.name, evenBooted: input.evenBooted }),
  deadlineMs: 120_000,
});

export const removeOrphanPlan = (deps: PlanDeps): PlanDefinition<Tx, Doomed> => ({
  name: 'orphan/remove',
  async load(tx, plan: PlanRow) {
    const input = plan.input as Input;
    return { input, daemon: await tx.daemons.daemon(input.daemonId) };
  },
  jobs: [removal('nc'), removal('cc'), removal('walrus')],
  async onDone(tx, { daemon, input }, _plan, results) {
    if (!daemon) return;
    const item = `${input.kind}/${input.name}`;
    const row = await tx.orphans.orphan(daemon.id, item);
    const kept = Object.values(results as Partial<Record<JobName, JobResult<'removeFromNode'> | null>>).map((r) => r?.kept ?? '').find((why) => why !== '');
    if (kept) return row ? tx.orphans.putOrphan({ ...row, kept: say('text', { text: kept }) }) : undefined;
    await tx.orphans.removeOrphan(daemon.id, item);
    await tx.events.append('node', daemon.id, said(daemon, deps.now(), `removed the orphan ${input.name}${row ? ` (${inWords(row.what, 'en')}; ${inWords(row.why, 'en')})` : ''}`));
  },
  // It is still there and will be named by the next inventory: a later round tries again.
  async onFailed() {},
  async onStuck() {},
});

const said = (daemon: DaemonRow, at: number, message: string): NodeEvent => ({ id: daemon.id, role: daemon.role, name: daemon.name, state: daemon.state, at, message: message.slice(0, 500) });
