// host/pull: a host is asked for all it knows of itself, now, through its cluster controller. What it answers stays with the plan, and is shown from there.
import { HostSnapshot, say, type HostPullView } from '@educloud/contracts';
import { CloudError, toWire } from '@educloud/errors';
import type { PlanDefinition } from '@educloud/saga';
import type { Deps, PlanDeps } from '../deps.ts';
import type { DaemonRow, Tx } from '../store/interface.ts';
import { hostOrThrow, told } from './host-wake.ts';

/** Somebody sits and waits. */
export const PULL_MS = 15_000;

export const pullOf = (hostId: string): string => `${hostId}/pull`;

export async function pullHost(deps: Pick<Deps, 'store' | 'saga'>, id: string): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const host = await hostOrThrow(tx, id);
    if (host.state !== 'up' && host.state !== 'suspect') throw new CloudError('NODE_UNREACHABLE', say('hostNotUp', { host: host.name, state: host.state }), { retryable: false });
    // Asked twice: once is enough.
    if (await tx.saga.activePlan(pullOf(id))) return;
    await deps.saga.start(tx, { subject: pullOf(id), name: 'host/pull', input: {} });
  });
  deps.saga.kick();
}

export const pullHostPlan = (deps: PlanDeps): PlanDefinition<Tx, { host: DaemonRow }> => ({
  name: 'host/pull',
  load: async (tx, plan) => ({ host: await hostOrThrow(tx, plan.subject.split('/')[0] ?? '') }),
  jobs: [{ name: 'pullFacts', target: ({ host }) => host.id, deadlineMs: PULL_MS, retry: { attempts: 1, backoffMs: 1000 } }],
  onDone: (tx, { host }) => told(tx, deps, host, 'told what it is and has'),
  onFailed: (tx, { host }, error) => told(tx, deps, host, `did not tell what it is and has: ${error.message}`),
  onStuck: async () => undefined,
});

/** What became of it the last time. */
export async function pulledOf(read: Tx, host: Pick<DaemonRow, 'id' | 'name'>): Promise<HostPullView> {
  const seq = await read.saga.lastSeq(pullOf(host.id));
  const plan = seq > 0 ? await read.saga.plan(`${pullOf(host.id)}/${seq}`) : null;
  if (!plan) return { state: 'never', askedAt: null, endedAt: null, error: null, came: null };
  const times = { askedAt: plan.startedAt, endedAt: plan.endedAt };
  if (plan.state === 'running' || plan.state === 'unwinding') return { state: 'asked', ...times, error: null, came: null };
  const came = plan.state === 'done' ? HostSnapshot.safeParse((await read.saga.jobs(plan.id))[0]?.result) : null;
  if (came?.success) return { state: 'came', ...times, error: null, came: came.data };
  // Answered, but as a version of the cloud answers that is not this one; or out of time.
  const why = plan.state === 'done' ? say('answerNotUnderstood', { host: host.name }) : say('hostDidNotAnswer', { host: host.name, seconds: PULL_MS / 1000 });
  const error = plan.error && plan.error.code !== 'DEADLINE_EXCEEDED' ? plan.error : toWire(new CloudError('NODE_UNREACHABLE', why));
  return { state: 'failed', ...times, error, came: null };
}
