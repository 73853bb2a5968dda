// An account and all its sessions end at once; what it made stays. Called by routes/users.
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { AccountStore } from '../store/interface.ts';

export async function deleteUser({ accounts }: { accounts: AccountStore }, name: string): Promise<void> {
  const outcome = await accounts.deleteUser(name);
  if (outcome === 'absent') throw new CloudError('NOT_FOUND', say('noUser', { name }));
  if (outcome === 'last-admin') throw new CloudError('CONFLICT', say('lastAdmin', { name }), { retryable: false, todo: say('makeAnotherAdmin') });
}
