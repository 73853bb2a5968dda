// Accounts: list, make, delete. Parse by contract → call one command → reply. Password hashes never leave.
import { z } from 'zod';
import { CreateUser, UserName, UserView, page } from '@educloud/contracts';
import type { Rest } from '@educloud/rest';
import { createUser, type CreateUserDeps } from '../commands/user-create.ts';
import { deleteUser } from '../commands/user-delete.ts';
import type { UserRow } from '../store/interface.ts';

const Params = z.object({ name: UserName });

export function userRoutes(rest: Rest, deps: CreateUserDeps): void {
  rest.route({ method: 'GET', path: '/clc/api/1.0/users', need: 'admin', summary: 'All accounts', reply: page(UserView) }, async () => ({ body: { items: (await deps.accounts.users()).map(view), next: null } }));
  // secretAnswer: the request holds a password, so nothing of it is kept for an Idempotency-Key.
  rest.route({ method: 'POST', path: '/clc/api/1.0/users', need: 'admin', summary: 'A new account', body: CreateUser, reply: UserView, status: 201, maxBodyBytes: 16 * 1024, secretAnswer: true }, async ({ body }) => {
    const row = await createUser(deps, body);
    return { status: 201, headers: { location: `/clc/api/1.0/users/${encodeURIComponent(row.name)}` }, body: view(row) };
  });
  rest.route({ method: 'DELETE', path: '/clc/api/1.0/users/:name', need: 'admin', summary: 'Delete an account and end its sessions', params: Params, status: 204 }, async ({ params }) => {
    await deleteUser(deps, params.name);
    return { status: 204 };
  });
}

const view = ({ name, role, disabled, createdAt }: UserRow): UserView => ({ name, role, disabled, createdAt });
