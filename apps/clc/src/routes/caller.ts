// Who asks, and whether the task is theirs. Somebody else's object answers 404.
import { CloudError } from '@educloud/errors';
import { say, type UserRole } from '@educloud/contracts';
import type { Caller } from '@educloud/rest';
import type { TaskRow, Tx, UserInstanceRow } from '../store/interface.ts';

export function userOf(caller: Caller): { user: string; role: UserRole } {
  if (caller.kind !== 'user') throw new CloudError('UNAUTHENTICATED', say('userNeeded'));
  return caller;
}

export async function ownTask(tx: Tx, tid: string, caller: Caller): Promise<TaskRow> {
  const task = await tx.tasks.task(tid);
  const { user, role } = userOf(caller);
  if (!task || (role !== 'admin' && task.owner !== user)) throw new CloudError('NOT_FOUND', say('noTask', { tid }));
  return task;
}

export async function ownInstance(tx: Tx, id: string, caller: Caller): Promise<UserInstanceRow> {
  const row = await tx.userInstances.userInstance(id);
  const { user, role } = userOf(caller);
  if (!row || (role !== 'admin' && row.owner !== user)) throw new CloudError('NOT_FOUND', say('noInstance', { instance: id }));
  return row;
}
