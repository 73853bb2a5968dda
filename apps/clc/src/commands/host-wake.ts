// host/wake: a host that is switched off is woken by its network card. Its cluster controller, which is on the same wire, calls it.
import { say, type JobParams, type NodeEvent } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { PlanDefinition } from '@educloud/saga';
import type { Deps, PlanDeps } from '../deps.ts';
import type { DaemonRow, Tx } from '../store/interface.ts';

type Power = Pick<Deps, 'store' | 'saga' | 'now'>;

/** What is done with the power of one host is one after another. */
export const powerOf = (hostId: string): string => `${hostId}/power`;

export async function hostOrThrow(tx: Tx, id: string): Promise<DaemonRow> {
  const row = await tx.daemons.daemon(id);
  if (!row || row.role !== 'nc') throw new CloudError('NOT_FOUND', say('noDaemon', { id }));
  return row;
}

export async function wakeHost(deps: Power, id: string): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const host = await hostOrThrow(tx, id);
    const mac = host.mac ?? host.facts.mac ?? null;
    if (mac === null) throw new CloudError('BAD_REQUEST', say('hostNoCard', { host: host.name }), { data: { field: 'mac' } });
    if (await isUnderWay(tx, host, 'host/wake')) return;
    await deps.saga.start(tx, { subject: powerOf(id), name: 'host/wake', input: { mac } });
  });
  deps.saga.kick();
}

/** Asked twice: once is enough. @throws STEP_IN_PROGRESS the opposite is under way: it must not be forgotten in silence */
export async function isUnderWay(tx: Tx, host: DaemonRow, name: 'host/wake' | 'host/poweroff'): Promise<boolean> {
  const active = await tx.saga.activePlan(powerOf(host.id));
  if (active && active.name !== name) throw new CloudError('STEP_IN_PROGRESS', say(active.name === 'host/wake' ? 'hostBeingWoken' : 'hostGoingOff', { host: host.name }), { todo: say('askAgainInAMinute') });
  return active !== null;
}

interface Waking { host: DaemonRow; mac: string }

export const wakeHostPlan = (deps: PlanDeps): PlanDefinition<Tx, Waking> => ({
  name: 'host/wake',
  load: async (tx, plan) => ({ host: await hostOrThrow(tx, plan.subject.split('/')[0] ?? ''), mac: (plan.input as { mac: string }).mac }),
  jobs: [{ name: 'callHost', target: ({ host }) => host.ccId ?? '', params: ({ host, mac }): JobParams<'callHost'> => ({ hostId: host.id, mac }), deadlineMs: 30_000, retry: { attempts: 3, backoffMs: 1000 } }],
  onDone: (tx, { host }) => told(tx, deps, host, 'was called by its network card'),
  onFailed: (tx, { host }, error) => told(tx, deps, host, `could not be woken: ${error.message}`),
  onStuck: async () => undefined,
});

export async function told(tx: Tx, deps: Pick<PlanDeps, 'now'>, host: DaemonRow, message: string): Promise<void> {
  const event: NodeEvent = { id: host.id, role: host.role, name: host.name, state: host.state, at: deps.now(), message: message.slice(0, 500) };
  await tx.events.append('node', host.id, event);
}
