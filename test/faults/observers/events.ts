// One watcher of the event stream, as a browser is one: takes up again where it was when the line breaks. Everything it gets is in the history.
import { setTimeout as pause } from 'node:timers/promises';
import type { History } from '../history.ts';

export interface WatcherOptions {
  clcUrl: string;
  name: string;
  user: string;
  password: string;
  history: History;
  ended: AbortSignal;
}

const RETRY_MS = 1000;
/** The stream says something at least every 15 s; a line that is silent for longer is dead. */
const SILENT_MS = 40_000;

export async function watchEvents(options: WatcherOptions): Promise<void> {
  const { history, name, ended } = options;
  let last: number | null = null;
  let bearer: string | null = null;
  while (!ended.aborted) {
    try {
      bearer ??= await login(options);
      const line = new AbortController();
      const response = await fetch(`${options.clcUrl}/clc/api/1.0/events`, {
        headers: { authorization: `Bearer ${bearer}`, accept: 'text/event-stream', ...(last === null ? {} : { 'last-event-id': String(last) }) },
        signal: AbortSignal.any([ended, line.signal]),
      });
      if (response.status === 401) bearer = null;
      if (!response.ok || !response.body) throw new Error(`events: ${response.status}`);
      history.append({ kind: 'seen', what: 'stream', watcher: name, state: 'open', from: last });
      last = await readAll(response.body as unknown as AsyncIterable<Uint8Array>, options, last, line);
    } catch {
      // Broken, refused or not there: a browser comes back too.
    }
    if (ended.aborted) return;
    history.append({ kind: 'seen', what: 'stream', watcher: name, state: 'lost', from: last });
    await pause(RETRY_MS, undefined, { signal: ended }).catch(() => undefined);
  }
}

async function login({ clcUrl, user, password }: WatcherOptions): Promise<string> {
  const response = await fetch(`${clcUrl}/clc/api/1.0/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user, password }), signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`login: ${response.status}`);
  return ((await response.json()) as { token: string }).token;
}

/** @returns the last id, also when the line broke */
async function readAll(body: AsyncIterable<Uint8Array>, { history, name }: WatcherOptions, from: number | null, line: AbortController): Promise<number | null> {
  const decoder = new TextDecoder();
  let last = from;
  let text = '';
  let spokeAt = Date.now();
  const watch = setInterval(() => { if (Date.now() - spokeAt > SILENT_MS) line.abort(); }, 5000);
  try {
    for await (const chunk of body) {
      spokeAt = Date.now();
      text += decoder.decode(chunk, { stream: true });
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const event = parseEvent(text.slice(0, end));
        text = text.slice(end + 2);
        if (event.id !== null) last = event.id;
        if (event.event === '' || event.event === 'progress') continue;
        history.append({ kind: 'seen', what: 'event', watcher: name, id: event.id, event: event.event, data: event.data === '' ? null : (JSON.parse(event.data) as unknown) });
      }
    }
  } catch {
    // The line broke; what had come is known.
  } finally {
    clearInterval(watch);
  }
  return last;
}

function parseEvent(block: string): { id: number | null; event: string; data: string } {
  const field = (wanted: string): string => block.split('\n').filter((l) => l.startsWith(`${wanted}:`)).map((l) => l.slice(wanted.length + 1).trim()).join('\n');
  const id = field('id');
  return { id: id === '' ? null : Number(id), event: field('event'), data: field('data') };
}
