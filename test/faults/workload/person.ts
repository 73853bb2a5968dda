// One person at the public API: every command is in the history before it leaves and after it came back; reads are not recorded.
import { setTimeout as pause } from 'node:timers/promises';
import { TaskView } from '@educloud/contracts';
import type { History } from '../history.ts';

const ANSWER_MS = 15_000;
const API = '/clc/api/1.0';

export interface Answered { kind: 'answer'; status: number; code: string | null; retryable: boolean; body: Record<string, unknown> }
export type Outcome = Answered | { kind: 'lost' };

export interface Command {
  method?: 'POST' | 'DELETE';
  path: string;
  body?: unknown;
  /** Idempotency-Key */
  key?: string;
  /** What is recorded instead of the body: it holds a secret, or it is no JSON. */
  shown?: unknown;
  /** Sent as it is. */
  raw?: string;
}

export interface Person {
  readonly name: string;
  /** Once, whatever comes of it. */
  once(command: Command): Promise<Outcome>;
  /** Again with the same key until it is answered with something else than "not now". Null: the campaign ended before. */
  until(command: Command): Promise<Answered | null>;
  /** Null: not now, or gone. */
  read(path: string): Promise<Record<string, unknown> | null>;
  task(tid: string): Promise<TaskView | null>;
}

export interface PersonDeps {
  clcUrl: string;
  history: History;
  /** Waits until one more command may leave. */
  turn(): Promise<void>;
  ended: AbortSignal;
  /** Told of every token: none may ever be seen in a log. */
  secret(token: string): void;
  count(what: 'call' | 'answer' | 'lost' | 'accepted'): void;
}

export function personOf(deps: PersonDeps, name: string, password: string): Person {
  const { history, ended } = deps;
  let bearer: string | null = null;

  async function login(): Promise<void> {
    const answer = await person.once({ path: '/login', body: { user: name, password }, shown: { user: name } });
    if (answer.kind === 'answer' && typeof answer.body['token'] === 'string') {
      bearer = answer.body['token'];
      deps.secret(bearer);
    }
  }
  const headers = (): Record<string, string> => (bearer ? { authorization: `Bearer ${bearer}` } : {});

  const person: Person = {
    name,
    async once({ method = 'POST', path, body, key, shown, raw }) {
      if (!bearer && path !== '/login') await login();
      if (!bearer && path !== '/login') return { kind: 'lost' }; // nobody came in, nothing was sent
      await deps.turn();
      const id = history.nextId();
      const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      history.append({ kind: 'call', id, actor: name, method, path, ...(key ? { key } : {}), ...(shown !== undefined || body !== undefined ? { body: shown ?? body } : {}) });
      deps.count('call');
      try {
        const response = await fetch(`${deps.clcUrl}${API}${path}`, {
          method, signal: AbortSignal.timeout(ANSWER_MS),
          headers: { ...headers(), ...(content === undefined ? {} : { 'content-type': 'application/json' }), ...(key ? { 'idempotency-key': key } : {}) },
          ...(content === undefined ? {} : { body: content }),
        });
        const text = await response.text();
        const answer = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
        const code = typeof answer['code'] === 'string' ? answer['code'] : null;
        const tid = typeof answer['tid'] === 'string' ? answer['tid'] : null;
        history.append({
          kind: 'return', id, status: response.status, ...(code ? { code } : {}), ...(tid ? { tid } : {}), ...(response.headers.get('idempotency-replayed') ? { replayed: true } : {}),
          body: shownAnswer(answer),
        });
        deps.count('answer');
        if (response.ok && path !== '/login') deps.count('accepted');
        if (response.status === 401) bearer = null;
        return { kind: 'answer', status: response.status, code, retryable: answer['retryable'] === true, body: answer };
      } catch (e) {
        history.append({ kind: 'lost', id, error: String((e as Error).cause ?? e).slice(0, 200) });
        deps.count('lost');
        return { kind: 'lost' };
      }
    },
    async until(command) {
      for (let waitMs = 200; !ended.aborted; waitMs = Math.min(waitMs * 2, 5000)) {
        const outcome = await person.once(command);
        if (outcome.kind === 'answer' && !isNotNow(outcome)) return outcome;
        await sleep(waitMs, ended);
      }
      return null;
    },
    async read(path) {
      if (!bearer) await login();
      try {
        const response = await fetch(`${deps.clcUrl}${API}${path}`, { headers: headers(), signal: AbortSignal.timeout(ANSWER_MS) });
        if (response.status === 401) bearer = null;
        const text = await response.text();
        return response.ok ? (JSON.parse(text) as Record<string, unknown>) : null;
      } catch {
        return null;
      }
    },
    async task(tid) {
      const body = await person.read(`/tasks/${tid}`);
      return body ? TaskView.parse(body) : null;
    },
  };
  return person;
}

const isNotNow = ({ status, code, retryable }: Answered): boolean => status >= 500 || status === 429 || status === 401 || (status === 409 && code === 'CONFLICT' && retryable);

/** What the invariants read of an answer, and nothing that is secret. */
function shownAnswer(answer: Record<string, unknown>): Record<string, unknown> {
  const kept = ['tid', 'phase', 'state', 'dstImageId', 'dstVersion', 'insId', 'imageId', 'version', 'name', 'code', 'detail'];
  return Object.fromEntries(kept.filter((key) => answer[key] !== undefined).map((key) => [key, answer[key]]));
}

/** Not longer than the campaign. */
export const sleep = (ms: number, ended: AbortSignal): Promise<void> => pause(ms, undefined, { signal: ended }).catch(() => undefined);
