// POST /login, POST /logout, GET /me.
import { LoginReply, LoginRequest, Me, say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Rest } from '@educloud/rest';
import { SESSION_COOKIE } from '../accounts/sessions.ts';
import { login, type LoginDeps } from '../commands/account-login.ts';

export interface LoginRouteDeps extends LoginDeps {
  /** Browsers reach us over https: the cookie never travels without. */
  secureCookies: boolean;
  now(): number;
}

export function loginRoutes(rest: Rest, deps: LoginRouteDeps): void {
  const cookie = (value: string, maxAgeSeconds: number): string =>
    `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${deps.secureCookies ? '; Secure' : ''}`;

  rest.route(
    { method: 'POST', path: '/clc/api/1.0/login', need: 'nobody', summary: 'Log in with name and password', body: LoginRequest, reply: LoginReply, maxBodyBytes: 16 * 1024 },
    async ({ body, address }) => {
      const reply = await login(deps, { ...body, address });
      return { headers: { 'Set-Cookie': cookie(reply.token, Math.floor((reply.expiresAt - deps.now()) / 1000)), 'X-CSRF-Token': reply.csrf }, body: reply };
    },
  );
  rest.route({ method: 'POST', path: '/clc/api/1.0/logout', need: 'user', summary: 'End this session at once', status: 204 }, async ({ caller }) => {
    if (caller.kind === 'user') await deps.sessions.close(caller.session);
    return { headers: { 'Set-Cookie': cookie('', 0) } };
  });
  rest.route({ method: 'GET', path: '/clc/api/1.0/me', need: 'user', summary: 'Who is logged in; the CSRF token comes as header X-CSRF-Token', reply: Me }, async ({ caller }) => {
    const session = caller.kind === 'user' ? await deps.sessions.byId(caller.session) : null;
    if (!session) throw new CloudError('UNAUTHENTICATED', say('sessionEnded'));
    return { headers: { 'X-CSRF-Token': deps.sessions.csrfOf(session.id) }, body: { user: session.user, role: session.role, expiresAt: session.expiresAt } };
  });
}
