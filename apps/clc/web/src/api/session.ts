// Who is logged in. Called by the login page and the shell.
import type { LoginReply, Me } from '@educloud/contracts';
import { rememberCsrf, request } from './client.ts';

export const fetchMe = (): Promise<Me> => request<Me>('GET', '/me');

export async function login(user: string, password: string): Promise<LoginReply> {
  const reply = await request<LoginReply>('POST', '/login', { user, password });
  rememberCsrf(reply.csrf);
  return reply;
}

export async function logout(): Promise<void> {
  await request('POST', '/logout', {});
  rememberCsrf(null);
}
