// host/poweroff: a host is switched off by an administrator's word; not while somebody works on it, unless forced.
import { say, type JobParams } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { PlanDefinition } from '@educloud/saga';
import type { Deps, PlanDeps } from '../deps.ts';
import type { DaemonRow, Tx } from '../store/interface.ts';
import { hostOrThrow, isUnderWay, powerOf, told } from './host-wake.ts';

export async function powerOffHost(deps: Pick<Deps, 'store' | 'saga' | 'now'>, id: string, force: boolean): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const host = await hostOrThrow(tx, id);
    if (host.state !== 'up') throw new CloudError('NODE_UNREACHABLE', say('hostNotUp', { host: host.name, state: host.state }), { retryable: false });
    // As far as we know; the host itself has the last word.
    const guests = (await tx.local.localDesktopsAt(id)).filter((row) => row.state !== 'off').length + (await tx.instances.instancesAt(id)).filter((row) => row.vmstatus === 'running' && !row.deletedAt).length;
    if (guests > 0 && !force) throw new CloudError('HOST_IN_USE', say('hostInUse', { host: host.name, count: guests }), { data: { guests } });
    if (await isUnderWay(tx, host, 'host/poweroff')) return;
    await deps.saga.start(tx, { subject: powerOf(id), name: 'host/poweroff', input: { force } });
  });
  deps.saga.kick();
}

interface PoweringOff { host: DaemonRow; force: boolean; order: string }

export const powerOffHostPlan = (deps: PlanDeps): PlanDefinition<Tx, PoweringOff> => ({
  name: 'host/poweroff',
  load: async (tx, plan) => ({ host: await hostOrThrow(tx, plan.subject.split('/')[0] ?? ''), force: (plan.input as { force: boolean }).force, order: plan.id }),
  jobs: [{ name: 'powerOff', target: ({ host }) => host.id, params: ({ force, order }): JobParams<'powerOff'> => ({ force, order }), deadlineMs: 60_000, retry: { attempts: 2, backoffMs: 1000 } }],
  onDone: (tx, { host }) => told(tx, deps, host, 'switches itself off'),
  onFailed: (tx, { host }, error) => told(tx, deps, host, error.code === 'DEADLINE_EXCEEDED' ? 'did not say whether it switches itself off' : `was not switched off: ${error.message}`),
  onStuck: async () => undefined,
});
