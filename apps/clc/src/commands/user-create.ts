// A new account. Called by routes/users.
import { CloudError, wrongField } from '@educloud/errors';
import { say, type CreateUser } from '@educloud/contracts';
import type { z } from 'zod';
import type { Passwords } from '../accounts/passwords.ts';
import type { AccountStore, UserRow } from '../store/interface.ts';

export interface CreateUserDeps { accounts: AccountStore; passwords: Passwords; now(): number }

export async function createUser({ accounts, passwords, now }: CreateUserDeps, asked: z.output<typeof CreateUser>): Promise<UserRow> {
  const taken = new CloudError('NAME_TAKEN', say('userExists', { name: asked.name }), { data: { fields: [wrongField('name', say('inUse'))] } });
  // Hashing is dear: not for a name that is taken anyway.
  if (await accounts.user(asked.name)) throw taken;
  const row: UserRow = { name: asked.name, role: asked.role, passwordHash: await passwords.hash(asked.password), createdAt: now(), disabled: false };
  if (!(await accounts.insertUser(row))) throw taken;
  return row;
}
