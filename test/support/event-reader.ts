// Reads the event stream of one cloud controller for as long as a test runs; comes back with Last-Event-ID like a browser.
import { setTimeout as pause } from 'node:timers/promises';

export interface EventReader {
  /** Rows as they came, each with its id. */
  readonly seen: Array<{ id: number; event: string; data: string }>;
  close(): void;
}

export function readEvents(clcUrl: string, token: string, after: number): EventReader {
  const seen: EventReader['seen'] = [];
  const stop = new AbortController();
  let last = after;
  void (async () => {
    while (!stop.signal.aborted) {
      try {
        const response = await fetch(`${clcUrl}/clc/api/1.0/events`, { signal: stop.signal, headers: { authorization: `Bearer ${token}`, 'Last-Event-ID': String(last) } });
        if (!response.ok || !response.body) throw new Error(String(response.status));
        let text = '';
        for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
          text += chunk;
          for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
            take(text.slice(0, end));
            text = text.slice(end + 2);
          }
        }
      } catch {
        // The controller is away; a browser tries again too.
      }
      await pause(100, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();

  function take(block: string): void {
    const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
    const [id, event, data] = [field('id'), field('event'), field('data')];
    if (id === undefined || event === undefined || event === 'ready') return;
    last = Number(id);
    seen.push({ id: last, event, data: data ?? '' });
  }
  return { seen, close: () => stop.abort() };
}
