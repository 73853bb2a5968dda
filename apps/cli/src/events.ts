// Reads the cloud's event stream (SSE), reconnecting for as long as it is wanted. `onConnect` is the moment to read the present state again.
import { setTimeout as pause } from 'node:timers/promises';
import type { Api } from './api.ts';
import { EXIT } from './exit-codes.ts';
import { CliFailure } from './failure.ts';

export interface ServerEvent { event: string; id: string | null; data: unknown }

const RECONNECT_MS = 1000;

/** Events of a stream of text, as they become complete. */
export async function* parseEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let buffer = '';
  for await (const chunk of chunks) {
    buffer = (buffer + decoder.decode(chunk, { stream: true })).replace(/\r\n/g, '\n');
    for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
      const fields: Record<string, string> = {};
      for (const line of buffer.slice(0, end).split('\n')) {
        const at = line.indexOf(':');
        if (at <= 0) continue; // a comment keeps the connection alive
        const value = line.slice(at + 1).replace(/^ /, '');
        const key = line.slice(0, at);
        fields[key] = key === 'data' && fields[key] !== undefined ? `${fields[key]}\n${value}` : value;
      }
      buffer = buffer.slice(end + 2);
      if (fields['data'] === undefined) continue;
      try {
        yield { event: fields['event'] ?? 'message', id: fields['id'] ?? null, data: JSON.parse(fields['data']) };
      } catch { /* an event this version cannot read is not worth losing the stream for */ }
    }
  }
}

export async function followEvents(api: Api, handlers: { onConnect(): Promise<void>; onEvent(e: ServerEvent): void | Promise<void> }, signal: AbortSignal): Promise<void> {
  let last: string | null = null;
  while (!signal.aborted) {
    try {
      const answer = await api.stream(last, signal);
      await handlers.onConnect();
      for await (const e of parseEvents(answer.body as unknown as AsyncIterable<Uint8Array>)) {
        last = e.id ?? last;
        await handlers.onEvent(e);
      }
    } catch (e) {
      if (signal.aborted) return;
      // Only a broken connection is worth another try; "not allowed" stays so.
      if (e instanceof CliFailure && e.exitCode !== EXIT.unavailable) throw e;
    }
    await pause(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
  }
}
