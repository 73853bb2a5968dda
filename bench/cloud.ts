// A private cloud for one bench, and its public API as a user of it sees it: steps, tasks, uploads, the event stream.
import { readFile, stat } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { DaemonView, DownloadGrant, ImageFormat, ImageView, InstanceEvent, TaskEvent, TaskView, UploadGrant } from '@educloud/contracts';
import { sendUpload } from '@educloud/images';
import { DAEMONS, layoutOf } from '../tools/cloud/layout.ts';
import { startCloud, type Cloud, type CloudOptions } from '../tools/cloud/start.ts';
import { stopCloud } from '../tools/cloud/stop.ts';
import { until } from '../tools/cloud/until.ts';
import type { Workshop } from './workshop.ts';

/** Stopped with the workshop, also when it got only halfway up. */
export async function openCloud(shop: Workshop, name: string, options: Omit<CloudOptions, 'dir'>): Promise<Cloud> {
  const dir = path.join(shop.dir, name);
  shop.onEnd(() => stopCloud(dir, { servers: !options.servers }));
  try {
    return await startCloud({ ...options, dir });
  } catch (e) {
    // The folder goes with the bench: what the daemons said last is worth a look.
    for (const name of DAEMONS) shop.say(`${name} said last:\n${(await readFile(layoutOf(dir).log(name), 'utf8').catch(() => '(nothing)')).trim().split('\n').slice(-5).join('\n')}`);
    throw e;
  }
}

export interface Watched { state: string; failed: string; at: number }
export interface Watch {
  /** Of a task `phase/state`, of an instance `vmState/taskState`. Resolves with the time (performance.now) at which the event came. Rejects when it failed instead. */
  reaches(subject: string, state: string, withinMs?: number): Promise<Watched>;
  /** Every node event so far. */
  nodes: Array<{ id: string; state: string; at: number }>;
  /** From the time an event carries to its arrival here, of each task event; the clocks are those of one machine. */
  lagsMs: number[];
  /** Nobody asks for this task or instance any more. */
  forget(subject: string): void;
  close(): void;
}

export interface User {
  url: string;
  get<T>(at: string): Promise<T>;
  post<T>(at: string, body?: unknown): Promise<T>;
  /** Refused when it is not at this revision. */
  put<T>(at: string, body: unknown, revision: number): Promise<T>;
  upload(file: string, name: string, format: ImageFormat): Promise<string>;
  downloadGrant(imageId: string): Promise<DownloadGrant>;
  begin(srcId: string, options?: Record<string, unknown>): Promise<TaskView>;
  /** POSTs the step; the 202's task. */
  step(task: TaskView, step: string): Promise<TaskView>;
  task(tid: string): Promise<TaskView>;
  define(body: { name: string; imageId: string } & Record<string, unknown>): Promise<string>;
  /** POSTs the action (`delete`: DELETE); taken, not done. */
  act(insId: string, action: string, body?: unknown): Promise<void>;
  nodes(role?: string): Promise<DaemonView[]>;
  watch(): Promise<Watch>;
}

export async function userOf(cloud: Pick<Cloud, 'json'>): Promise<User> {
  const base = `${cloud.json.clcUrl}/clc/api/1.0`;
  let bearer = '';
  async function call<T>(method: string, at: string, body?: unknown, more: Record<string, string> = {}): Promise<T> {
    const response = await fetch(base + at, {
      method,
      headers: { ...more, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${at}: ${response.status} ${text}`);
    return (text === '' ? null : JSON.parse(text)) as T;
  }
  bearer = (await call<{ token: string }>('POST', '/login', { user: cloud.json.adminUser, password: cloud.json.adminPassword })).token;
  let names = 0;

  const user: User = {
    url: base,
    get: (at) => call('GET', at),
    post: (at, body = {}) => call('POST', at, body),
    put: (at, body, revision) => call('PUT', at, body, { 'if-match': `"${revision}"` }),
    async upload(file, name, format) {
      const { size } = await stat(file);
      const grant = await call<UploadGrant>('POST', '/images', { name, ostype: 'linux', usage: 'server', format, sizeBytes: size });
      await sendUpload({ uploadUrl: grant.uploadUrl, ticket: grant.ticket, image: { imageId: grant.imageId, version: grant.version, sizeBytes: size }, path: file, signal: new AbortController().signal });
      await until(`${name} is available`, async () => (await call<ImageView>('GET', `/images/${grant.imageId}`)).latest !== null, 120_000);
      return grant.imageId;
    },
    downloadGrant: (imageId) => call('POST', `/images/${imageId}/versions/1/download`, {}),
    begin: (srcId, options = {}) => call('POST', `/image/create/task/begin/${srcId}`, { name: `bench-${process.pid}-${++names}`, ...options }),
    step: (task, step) => call('POST', `/image/create/task/${step}/${task.tid.replaceAll(':', '/')}`, {}),
    task: (tid) => call('GET', `/tasks/${tid}`),
    define: async (body) => (await call<{ id: string }>('POST', '/instances', body)).id,
    act: async (insId, action, body = {}) => void (await (action === 'delete' ? call('DELETE', `/instances/${insId}`) : call('POST', `/instances/${insId}/${action}`, body))),
    nodes: async (role) => (await call<{ items: DaemonView[] }>('GET', `/nodes${role ? `?role=${role}` : ''}`)).items,
    watch: () => openWatch(`${base}/events`, bearer),
  };
  return user;
}

async function openWatch(url: string, bearer: string): Promise<Watch> {
  const ending = new AbortController();
  const response = await fetch(url, { headers: { authorization: `Bearer ${bearer}`, accept: 'text/event-stream' }, signal: ending.signal });
  if (!response.ok || !response.body) throw new Error(`events: ${response.status}`);
  const latest = new Map<string, Watched>();
  const waiting = new Map<string, Array<() => void>>();
  const nodes: Watch['nodes'] = [];
  const lagsMs: number[] = [];
  let broken: Error | null = null;

  const take = (block: string, at: number): void => {
    const field = (name: string): string => block.split('\n').filter((l) => l.startsWith(`${name}:`)).map((l) => l.slice(name.length + 1).trim()).join('\n');
    const kind = field('event');
    if (kind === 'node') nodes.push(JSON.parse(field('data')) as Watch['nodes'][number]);
    if (kind !== 'task' && kind !== 'instance') return;
    const event = JSON.parse(field('data')) as TaskEvent | InstanceEvent;
    lagsMs.push(Date.now() - event.at);
    const [subject, state, over] = 'tid' in event ? [event.tid, `${event.phase}/${event.state}`, event.state === 'failed'] : [event.id, `${event.vmState}/${event.taskState ?? '-'}`, false];
    latest.set(subject, { state, failed: event.errormsg !== '' ? event.errormsg : over ? event.message : '', at });
    for (const look of waiting.get(subject) ?? []) look();
  };
  void (async () => {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const at = performance.now();
      text += decoder.decode(chunk, { stream: true });
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        take(text.slice(0, end), at);
        text = text.slice(end + 2);
      }
    }
  })().catch((e: unknown) => { broken = ending.signal.aborted ? null : (e as Error); for (const looks of waiting.values()) for (const look of looks) look(); });

  return {
    nodes,
    lagsMs,
    forget: (subject) => void (latest.delete(subject), waiting.delete(subject)),
    reaches: (subject, state, withinMs = 300_000) =>
      new Promise((resolve, reject) => {
        const done = (work: () => void): void => {
          clearTimeout(timer);
          waiting.set(subject, (waiting.get(subject) ?? []).filter((l) => l !== look));
          work();
        };
        const look = (): void => {
          const seen = latest.get(subject);
          if (broken) done(() => reject(broken as Error));
          else if (seen?.state === state) done(() => resolve(seen));
          else if (seen && seen.failed !== '') done(() => reject(new Error(`${subject} is ${seen.state}: ${seen.failed}`)));
        };
        const timer = setTimeout(() => done(() => reject(new Error(`${subject} did not reach ${state} within ${withinMs} ms; it is ${latest.get(subject)?.state ?? 'unheard of'}`))), withinMs);
        waiting.set(subject, [...(waiting.get(subject) ?? []), look]);
        look();
      }),
    close: () => ending.abort(),
  };
}

/** Reads a file to its end so that it stands in the page cache for whoever comes first. */
export async function warm(file: string): Promise<void> {
  for await (const _ of createReadStream(file, { highWaterMark: 4 * 1024 * 1024 })) continue;
}
