// A person who defines and runs instances through the public API of a cloud whose daemons come and go: waits, asks again under the same key.
import { randomUUID } from 'node:crypto';
import { InstanceView, type ConsoleGrant, type InstanceAction } from '@educloud/contracts';
import type { Cloud } from '../../tools/cloud/start.ts';
import { eventually } from './eventually.ts';

type Action = Exclude<InstanceAction, 'modify'>;

export interface InstanceUser {
  define(body: Record<string, unknown>): Promise<InstanceView>;
  instance(id: string): Promise<InstanceView>;
  /** Asks until the cloud has taken it; a refusal is thrown with its status and problem. */
  ask(id: string, action: Action, body?: unknown): Promise<void>;
  /** As soon as nothing is done with it any more. */
  rests(id: string, withinMs?: number): Promise<InstanceView>;
  /** ask + rests */
  do(id: string, action: Action, body?: unknown): Promise<InstanceView>;
  /** A token of its own; of somebody else, who is made for it. */
  login(of?: { name: string; password: string }): Promise<{ token: string }>;
  console(id: string): Promise<ConsoleGrant & { token: string }>;
}

const PATIENCE_MS = 90_000;

export async function instanceUserOf(cloud: Pick<Cloud, 'json'>): Promise<InstanceUser> {
  const base = `${cloud.json.clcUrl}/clc/api/1.0`;
  const { token } = await send<{ token: string }>('POST', '/login', { user: cloud.json.adminUser, password: cloud.json.adminPassword });

  async function send<T>(method: string, at: string, body?: unknown, key?: string): Promise<T> {
    const response = await fetch(`${base}${at}`, {
      method, signal: AbortSignal.timeout(30_000),
      headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...(at === '/login' ? {} : { Authorization: `Bearer ${token}` }), ...(key ? { 'Idempotency-Key': key } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw Object.assign(new Error(`${method} ${at}: ${response.status} ${text}`), { status: response.status, problem: JSON.parse(text) as unknown });
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
  /** No answer, or "not now": asked again. The same key makes it the same order. */
  async function patiently<T>(method: string, at: string, body?: unknown): Promise<T> {
    const key = method === 'POST' ? randomUUID() : undefined;
    const answer = await eventually(`${method} ${at}`, async () => {
      try {
        return { value: await send<T>(method, at, body, key) };
      } catch (e) {
        const { status = 503, problem } = e as { status?: number; problem?: { code?: string } };
        if (status >= 500 || problem?.code === 'CONFLICT') throw e;
        return { refusal: e };
      }
    }, PATIENCE_MS);
    if ('refusal' in answer) throw answer.refusal;
    return answer.value as T;
  }

  const user: InstanceUser = {
    define: async (body) => InstanceView.parse(await patiently('POST', '/instances', body)),
    instance: async (id) => InstanceView.parse(await patiently('GET', `/instances/${id}`)),
    async ask(id, action, body = {}) {
      if (action === 'delete') await patiently('DELETE', `/instances/${id}`);
      else await patiently('POST', `/instances/${id}/${action}`, body);
    },
    async rests(id, withinMs = PATIENCE_MS) {
      let last = '';
      return eventually('the instance rests', async () => {
        const now = await user.instance(id);
        last = `${now.vmState}/${now.taskState}: ${now.message}`;
        return now.taskState === null || now.taskState === 'stuck' ? now : null;
      }, withinMs).catch((e: unknown) => {
        throw new Error(`the instance does not come to rest: ${last}`, { cause: e });
      });
    },
    async do(id, action, body) {
      await user.ask(id, action, body);
      return user.rests(id);
    },
    async login(of) {
      if (of) await patiently('POST', '/users', { ...of, role: 'user' });
      return send<{ token: string }>('POST', '/login', of ? { user: of.name, password: of.password } : { user: cloud.json.adminUser, password: cloud.json.adminPassword });
    },
    console: async (id) => ({ ...(await patiently<ConsoleGrant>('POST', `/instances/${id}/console`, {})), token }),
  };
  return user;
}
