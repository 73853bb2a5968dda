// taskstatus done or failed: the saga's next move.
import { TaskStatus } from '@educloud/contracts';
import type { Envelope } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Saga } from '@educloud/saga';
import type { Tx } from '../store/interface.ts';

export async function onTaskStatus(deps: { saga: Saga<Tx> }, envelope: Envelope): Promise<void> {
  const status = TaskStatus.safeParse(envelope.body);
  if (!status.success || !envelope.source) throw new CloudError('MESSAGE_INVALID', `taskstatus ${envelope.id}: ${status.error?.issues[0]?.message ?? 'no source'}`);
  await deps.saga.onStatus(status.data, envelope.source);
}
