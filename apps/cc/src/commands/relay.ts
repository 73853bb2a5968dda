// Every command from the CLC: the CC's own go to its executor, a node's go on to the node's queue. Acked only after the next broker has confirmed.
import type { Bus } from '@educloud/bus';
import { commandQueue, type Envelope } from '@educloud/contracts';
import { CloudError, hasCode } from '@educloud/errors';
import type { Executor } from '@educloud/executor';

export interface RelayDeps {
  id(): string;
  executor: Executor;
  clusterBus: Bus;
  isOurs(nodeId: string): Promise<boolean>;
}

export async function relayCommand(deps: RelayDeps, envelope: Envelope): Promise<void> {
  const target = envelope.target?.node;
  if (!target) throw new CloudError('MESSAGE_INVALID', `command ${envelope.id} has no target`);
  if (target === deps.id()) return deps.executor.accept(envelope);
  if (!target.startsWith('nc-') || !(await deps.isOurs(target))) throw new CloudError('WRONG_NODE', `${target} is not a node of this cluster`, { retryable: false });

  const onward: Envelope = { ...envelope, trail: [...envelope.trail, deps.id()] };
  try {
    await deps.clusterBus.publish(commandQueue(target), onward);
  } catch (e) {
    if (!hasCode(e, 'NODE_UNREACHABLE')) throw e;
    // The node's queue is gone or was never there: it waits for the node in a new one.
    await deps.clusterBus.ensureQueue(commandQueue(target), 'command');
    await deps.clusterBus.publish(commandQueue(target), onward);
  }
}
