// An account and all its sessions end at once; what it made stays. Called by routes/users.
import { CloudError } from '@educloud/errors';
import type { AccountStore } from '../store/interface.ts';

export async function deleteUser({ accounts }: { accounts: AccountStore }, name: string): Promise<void> {
  const outcome = await accounts.deleteUser(name);
  if (outcome === 'absent') throw new CloudError('NOT_FOUND', `there is no user ${name}`);
  if (outcome === 'last-admin') throw new CloudError('CONFLICT', `${name} is the last administrator who can log in`, { retryable: false });
}
