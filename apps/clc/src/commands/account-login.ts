// Opens a session for a name and password. Throttled; wrong name and wrong password look and cost the same.
import { CloudError } from '@educloud/errors';
import { say, type LoginReply } from '@educloud/contracts';
import type { Passwords } from '../accounts/passwords.ts';
import type { Sessions } from '../accounts/sessions.ts';
import type { Throttle } from '../accounts/throttle.ts';
import type { AccountStore } from '../store/interface.ts';

export interface LoginDeps { accounts: AccountStore; passwords: Passwords; sessions: Sessions; throttle: Throttle }

export async function login(deps: LoginDeps, given: { user: string; password: string; address: string }): Promise<LoginReply> {
  deps.throttle.attempt(given.user, given.address);
  const user = await deps.accounts.user(given.user);
  const right = await deps.passwords.verify(given.password, user?.passwordHash ?? null);
  if (!user || user.disabled || !right) throw new CloudError('BAD_CREDENTIALS', say('wrongPassword'));
  deps.throttle.succeeded(given.user, given.address);
  return { user: user.name, role: user.role, ...(await deps.sessions.open(user.name)) };
}
