// Those who come and go beside the people who build: event streams, consoles, downloads, lists, log-ins; some leave in the middle. Started by main.ts.
import { setTimeout as pause } from 'node:timers/promises';
import type { ConsoleGrant, DownloadGrant, ImageView, TaskView } from '@educloud/contracts';
import { WebSocket } from 'ws';
import type { Workplace } from '../faults/rig/interface.ts';
import type { Seeded } from '../faults/seeded.ts';

const API = '/clc/api/1.0';
const ANSWER_MS = 15_000;
/** One visit follows the other after so long, on average. */
const GAP_MS = 1500;
const VISITORS = 3;

export interface Visitors {
  /** How often each kind of visit was made. */
  counts(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

interface Visitor { bearer: string; dice: Seeded; ended: AbortSignal; clcUrl: string }

export async function startVisitors(place: Workplace, dice: Seeded): Promise<Visitors> {
  const ending = new AbortController();
  const counts: Record<string, number> = {};
  const lines = Array.from({ length: VISITORS }, async (_, i) => {
    const own = dice.fork(`visitor-${i}`);
    while (!ending.signal.aborted) {
      const kind = own.pick(Object.keys(VISITS));
      // Somebody who finds nothing to look at, or comes at a bad moment, goes away again.
      await visit(place, kind, own, ending.signal).then(() => { counts[kind] = (counts[kind] ?? 0) + 1; }, () => { counts[`${kind}, in vain`] = (counts[`${kind}, in vain`] ?? 0) + 1; });
      await pause(own.int(2 * GAP_MS), undefined, { signal: ending.signal }).catch(() => undefined);
    }
  });
  return {
    counts: () => ({ ...counts }),
    async stop() {
      ending.abort();
      await Promise.all(lines);
    },
  };
}

async function visit(place: Workplace, kind: string, dice: Seeded, ended: AbortSignal): Promise<void> {
  const login = await fetch(`${place.clcUrl}${API}/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(place.admin), signal: AbortSignal.timeout(ANSWER_MS) });
  const { token } = (await login.json()) as { token: string };
  const visitor: Visitor = { bearer: token, dice, clcUrl: place.clcUrl, ended };
  try {
    await (VISITS[kind] as (v: Visitor) => Promise<void>)(visitor);
  } finally {
    // Some just close the window.
    if (dice.chance(0.7)) await ask(visitor, 'POST', '/logout').catch(() => undefined);
  }
}

const VISITS: Record<string, (v: Visitor) => Promise<void>> = {
  async 'event stream'(v) {
    const line = new AbortController();
    const timer = setTimeout(() => line.abort(), 500 + v.dice.int(20_000));
    try {
      const headers = { authorization: `Bearer ${v.bearer}`, ...(v.dice.chance(0.5) ? { 'last-event-id': '1' } : {}) };
      const response = await fetch(`${v.clcUrl}${API}/events`, { headers, signal: AbortSignal.any([v.ended, line.signal]) });
      // Slow readers leave much in the pipe.
      for await (const _ of response.body as unknown as AsyncIterable<Uint8Array>) if (v.dice.chance(0.1)) await pause(200);
    } catch (e) {
      if (!line.signal.aborted && !v.ended.aborted) throw e;
    } finally {
      clearTimeout(timer);
    }
  },
  async console(v) {
    const { items } = await read<{ items: TaskView[] }>(v, '/tasks');
    const running = items.filter((task) => task.state === 'running');
    if (running.length === 0) throw new Error('nothing runs');
    const grant = await ask<ConsoleGrant>(v, 'POST', `/tasks/${v.dice.pick(running).tid}/console`);
    if (v.dice.chance(0.2)) return; // the ticket is never used
    const socket = new WebSocket(`${v.clcUrl.replace(/^http/, 'ws')}${grant.url}`, { headers: { authorization: `Bearer ${v.bearer}` }, handshakeTimeout: ANSWER_MS });
    await new Promise<void>((resolve, reject) => socket.once('message', () => resolve()).once('error', reject).once('close', () => reject(new Error('the console closed'))));
    await pause(v.dice.int(4000), undefined, { signal: v.ended }).catch(() => undefined);
    if (v.dice.chance(0.5)) socket.terminate();
    else socket.close();
  },
  async download(v) {
    const { items } = await read<{ items: ImageView[] }>(v, '/images');
    const image = v.dice.pick(items);
    const grant = await ask<DownloadGrant>(v, 'POST', `/images/${image.id}/versions/${image.latest?.version ?? 1}/download`);
    const line = new AbortController();
    const response = await fetch(grant.url, { headers: { authorization: `Bearer ${grant.ticket}` }, signal: AbortSignal.any([line.signal, AbortSignal.timeout(ANSWER_MS)]) });
    const leavesEarly = v.dice.chance(0.4);
    try {
      for await (const _ of response.body as unknown as AsyncIterable<Uint8Array>) if (leavesEarly) line.abort();
    } catch (e) {
      if (!leavesEarly) throw e;
    }
  },
  async lists(v) {
    for (const at of ['/tasks?limit=20', '/images?limit=20', '/nodes', '/status', '/orphans', '/users', '/me', '/openapi.json']) await read(v, at);
    const { items } = await read<{ items: TaskView[] }>(v, '/tasks?limit=5');
    for (const { tid } of items) await read(v, `/tasks/${tid}`);
  },
  async 'failing requests'(v) {
    for (const at of ['/tasks/img-00000000:img-00000001:ins-00000000', '/images/img-00000000', '/nodes/nobody', '/nothing', '/console/no-ticket']) await read(v, at).catch(() => undefined);
    await fetch(`${v.clcUrl}${API}/tasks`, { headers: { authorization: 'Bearer wrong' } }).then((r) => r.text());
    await fetch(`${v.clcUrl}${API}/images`, { method: 'POST', headers: { authorization: `Bearer ${v.bearer}`, 'content-type': 'application/json' }, body: '{"name":' }).then((r) => r.text());
    const line = new AbortController();
    const leaving = fetch(`${v.clcUrl}${API}/tasks`, { headers: { authorization: `Bearer ${v.bearer}` }, signal: line.signal }).catch(() => undefined);
    line.abort();
    await leaving;
  },
};

async function ask<T>(v: Visitor, method: string, at: string): Promise<T> {
  const response = await fetch(`${v.clcUrl}${API}${at}`, { method, headers: { authorization: `Bearer ${v.bearer}` }, signal: AbortSignal.timeout(ANSWER_MS) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${at}: ${response.status} ${text.slice(0, 200)}`);
  return (text === '' ? null : JSON.parse(text)) as T;
}
const read = <T>(v: Visitor, at: string): Promise<T> => ask<T>(v, 'GET', at);
