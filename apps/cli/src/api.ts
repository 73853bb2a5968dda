// The public REST API as the commands use it: JSON in and out, problems as failures, all pages of a list, images and instances by id or name.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ImageId, InstanceId, TaskId, type ImageView, type InstanceView, type Problem, type TaskView } from '@educloud/contracts';
import { EXIT } from './exit-codes.ts';
import { CliFailure, problemFailure, type Asked } from './failure.ts';
import type { Translate } from './language.ts';
import { taskAddress, type TaskAddress } from './values.ts';

export const API_PREFIX = '/clc/api/1.0';
const RETRY_DELAYS_MS = [200, 1000];

export interface Api {
  base: string;
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  /** What is no JSON. */
  text(path: string): Promise<string>;
  post<T>(path: string, body?: unknown): Promise<T>;
  patch<T>(path: string, body: unknown): Promise<T>;
  put<T>(path: string, body: unknown, headers?: Record<string, string>): Promise<T>;
  remove(path: string): Promise<void>;
  /** All items of all pages. */
  list<T>(path: string): Promise<T[]>;
  image(idOrName: string): Promise<ImageView>;
  /** Its id. Of instances that are deleted only the id is known any more. */
  instance(idOrName: string): Promise<string>;
  /** Of those of one name the one that goes on wins over those that have ended. */
  task(idOrName: string): Promise<TaskAddress>;
  /** For a WebSocket at this address of the cloud: where, and as whom. */
  webSocket(address: string): { url: string; headers: Record<string, string> };
  /** The event stream; resumes after `lastEventId`. */
  stream(lastEventId: string | null, signal: AbortSignal): Promise<Response>;
}

async function problemOf(answer: Response): Promise<Problem> {
  const text = await answer.text();
  try {
    const parsed = JSON.parse(text) as Partial<Problem>;
    if (typeof parsed.code === 'string') return { type: 'about:blank', title: '', detail: '', retryable: false, action: '', ...parsed, status: answer.status, code: parsed.code };
  } catch { /* not ours: a proxy's page */ }
  return { type: 'about:blank', title: answer.statusText, status: answer.status, detail: `HTTP ${answer.status} ${answer.statusText}`, code: `HTTP_${answer.status}`, retryable: answer.status >= 500, action: '' };
}

export function createApi(options: { url: string; token: string | null; t: Translate; fetch?: typeof fetch }): Api {
  const { t } = options;
  const send = options.fetch ?? fetch;
  const base = options.url.replace(/\/+$/, '') + API_PREFIX;
  /** The task or instance that a request is about: what can be done with it can then be named. */
  const asked = (path: string): Asked => {
    const parts = /^\/image\/\w+\/task\/\w+\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(path) ?? null;
    return { url: options.url, tid: parts ? parts.slice(1).join(':') : decodeURIComponent(/^\/tasks\/([^/]+)/.exec(path)?.[1] ?? '') || null, instance: /^\/instances\/([^/]+)/.exec(path)?.[1] ?? null };
  };
  const headers = (more: Record<string, string> = {}): Record<string, string> => ({ Accept: 'application/json', ...(options.token ? { Authorization: `Bearer ${options.token}` } : {}), ...more });

  const attempt = async (path: string, init: RequestInit): Promise<Response> => {
    try {
      return await send(base + path, init);
    } catch (e) {
      if (init.signal?.aborted) throw e;
      const cause = (e as { cause?: { code?: string; message?: string } }).cause;
      throw new CliFailure(EXIT.unavailable, t, {
        code: 'UNREACHABLE',
        what: t(`${options.url} cannot be reached: ${cause?.code ?? cause?.message ?? String(e)}`, `无法连接 ${options.url}：${cause?.code ?? cause?.message ?? String(e)}`),
        action: t('check the address and whether the cloud runs', '检查地址以及云平台是否正在运行'),
      });
    }
  };
  /** Connection errors and 503 are tried again: every request of ours may arrive twice (GET, DELETE, PATCH to fixed values, POST with a key). */
  const request = async (path: string, init: RequestInit): Promise<Response> => {
    for (let n = 0; ; n++) {
      const delay = RETRY_DELAYS_MS[n];
      const answer = await attempt(path, init).catch((e: unknown) => { if (delay === undefined || !(e instanceof CliFailure)) throw e; return null; });
      if (answer?.ok) return answer;
      if (answer && (answer.status !== 503 || delay === undefined)) throw problemFailure(t, await problemOf(answer), asked(path));
      await pause(delay);
    }
  };
  const json = async <T>(answer: Response): Promise<T> => {
    const text = await answer.text();
    return (text ? JSON.parse(text) : null) as T;
  };

  const theOnly = <T extends { id: string }>(found: T[], none: string, several: string, see: string): T => {
    const [first, ...others] = found;
    if (!first) throw new CliFailure(EXIT.notFound, t, { code: 'NOT_FOUND', what: none, action: t(`see ${see}`, `查看 ${see}`) });
    if (others.length > 0) throw new CliFailure(EXIT.conflict, t, { code: 'AMBIGUOUS_NAME', what: `${several}${t(': ', '：')}${found.map((i) => i.id).join(t(', ', '、'))}`, action: t('give the id', '请使用 id') });
    return first;
  };

  const api: Api = {
    base,
    get: async (path, signal) => json(await request(path, { headers: headers(), signal: signal ?? null })),
    text: async (path) => (await request(path, { headers: { ...headers(), Accept: 'text/plain, application/problem+json' } })).text(),
    post: async (path, body = {}) => json(await request(path, { method: 'POST', headers: headers({ 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() }), body: JSON.stringify(body) })),
    patch: async (path, body) => json(await request(path, { method: 'PATCH', headers: headers({ 'Content-Type': 'application/json' }), body: JSON.stringify(body) })),
    put: async (path, body, more = {}) => json(await request(path, { method: 'PUT', headers: headers({ 'Content-Type': 'application/json', ...more }), body: JSON.stringify(body) })),
    remove: async (path) => { await (await request(path, { method: 'DELETE', headers: headers() })).arrayBuffer(); },
    async list<T>(path: string) {
      const all: T[] = [];
      let cursor: string | null = null;
      do {
        const query: string = cursor ? `${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}` : '';
        const page: { items: T[]; next: string | null } = await api.get(path + query);
        all.push(...page.items);
        cursor = page.next;
      } while (cursor);
      return all;
    },
    async image(idOrName) {
      if (ImageId.safeParse(idOrName).success) return api.get<ImageView>(`/images/${idOrName}`);
      return theOnly((await api.list<ImageView>('/images')).filter((i) => i.name === idOrName), t(`there is no image "${idOrName}"`, `没有名为“${idOrName}”的镜像`), t(`several images have the name "${idOrName}"`, `有多个镜像名为“${idOrName}”`), 'edu image list');
    },
    async instance(idOrName) {
      if (InstanceId.safeParse(idOrName).success) return idOrName;
      const found = await api.list<InstanceView>(`/instances?name=${encodeURIComponent(idOrName)}`);
      return theOnly(found, t(`there is no instance "${idOrName}"`, `没有名为“${idOrName}”的实例`), t(`several instances have the name "${idOrName}"`, `有多个实例名为“${idOrName}”`), 'edu instance list').id;
    },
    async task(idOrName) {
      const id = TaskId.safeParse(idOrName);
      if (id.success) return taskAddress(id.data);
      const named = (await api.list<TaskView>('/tasks')).filter((task) => task.name === idOrName);
      const open = named.filter((task) => task.allowed.some((step) => step !== 'delete'));
      const found = (open.length > 0 ? open : named).map((task) => ({ ...task, id: task.tid }));
      return taskAddress(TaskId.parse(theOnly(found, t(`there is no task "${idOrName}"`, `没有名为“${idOrName}”的任务`), t(`several tasks have the name "${idOrName}"`, `有多个任务名为“${idOrName}”`), 'edu task list').tid));
    },
    webSocket: (address) => ({ url: new URL(address, options.url.replace(/^http/, 'ws')).href, headers: headers() }),
    async stream(lastEventId, signal) {
      const answer = await attempt('/events', { headers: headers({ Accept: 'text/event-stream', ...(lastEventId ? { 'Last-Event-ID': lastEventId } : {}) }), signal });
      if (!answer.ok) throw problemFailure(t, await problemOf(answer), asked('/events'));
      return answer;
    },
  };
  return api;
}
