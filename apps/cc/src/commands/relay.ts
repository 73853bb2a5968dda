// Every command from the CLC: the CC's own go to its executor, a node's go on to the node's queue. Acked only after the next broker has confirmed.
import type { Bus } from '@educloud/bus';
import { commandQueue, type Envelope } from '@educloud/contracts';
import { CloudError, hasCode } from '@educloud/errors';
import type { Executor } from '@educloud/executor';
import { seal } from '@educloud/tickets';

export interface RelayDeps {
  id(): string;
  executor: Executor;
  clusterBus: Bus;
  /** Null: no node of this cluster. */
  keyOf(nodeId: string): Promise<string | null>;
}

export async function relayCommand(deps: RelayDeps, envelope: Envelope): Promise<void> {
  const target = envelope.target?.node;
  if (!target) throw new CloudError('MESSAGE_INVALID', `command ${envelope.id} has no target`);
  if (target === deps.id()) return deps.executor.accept(envelope);
  const key = target.startsWith('nc-') ? await deps.keyOf(target) : null;
  if (key === null) throw new CloudError('WRONG_NODE', `${target} is not a node of this cluster`, { retryable: false });

  const onward = seal({ ...envelope, trail: [...envelope.trail, deps.id()] }, key);
  try {
    await deps.clusterBus.publish(commandQueue(target), onward);
  } catch (e) {
    if (!hasCode(e, 'NODE_UNREACHABLE')) throw e;
    // The node's queue is gone or was never there: it waits for the node in a new one.
    await deps.clusterBus.ensureQueue(commandQueue(target), 'command', { once: true });
    await deps.clusterBus.publish(commandQueue(target), onward);
  }
}
