// Waits until nothing is under way with one thing of the cloud, showing its progress. Tasks and instances are waited for with it.
import type { Api } from './api.ts';
import { followEvents, type ServerEvent } from './events.ts';
import { EXIT } from './exit-codes.ts';
import { CliFailure } from './failure.ts';
import type { Translate } from './language.ts';
import type { Bar } from './output.ts';

/** Asked anyway when nothing was heard for so long: a stream may be cut silently. */
const REREAD_MS = 10_000;

export interface Waiting<View> {
  path: string;
  bar: Bar;
  show(view: View, bar: Bar): void;
  underWay(view: View): boolean;
  /** It may be gone: it was asked to be deleted. */
  mayBeGone: boolean;
  /** Shows progress; true: it is about this thing and more than progress, so that it is read again. */
  heard(event: ServerEvent, bar: Bar): boolean;
  timeoutMs: number | null;
  /** What to type to wait again, and how it is said that it goes on. */
  again: string;
  goesOn: { timeout: string; interrupted: string };
  signal?: AbortSignal | undefined;
}

/** Returns it at rest; null: it is gone. Throws when the time is over. */
export async function waitUntilAtRest<View>(api: Api, t: Translate, wanted: Waiting<View>): Promise<View | null> {
  const { bar } = wanted;
  const stop = new AbortController();
  let timedOut = false;
  const timer = wanted.timeoutMs === null ? null : setTimeout(() => { timedOut = true; stop.abort(); }, wanted.timeoutMs);
  const interrupt = (): void => stop.abort();
  wanted.signal?.addEventListener('abort', interrupt, { once: true });
  if (wanted.signal?.aborted) stop.abort();
  let ended: { view: View | null } | null = null;

  const read = async (): Promise<void> => {
    try {
      const view = await api.get<View>(wanted.path, stop.signal);
      wanted.show(view, bar);
      if (!wanted.underWay(view)) { ended = { view }; stop.abort(); }
    } catch (e) {
      if (stop.signal.aborted) return;
      if (wanted.mayBeGone && e instanceof CliFailure && e.exitCode === EXIT.notFound) { ended = { view: null }; stop.abort(); return; }
      // The cloud may be restarting: what is under way goes on, and so do we.
      if (!(e instanceof CliFailure) || e.exitCode !== EXIT.unavailable) throw e;
    }
  };
  let trouble: Error | null = null;
  const reread = setInterval(() => void read().catch((e: unknown) => { trouble = e as Error; stop.abort(); }), REREAD_MS);
  try {
    // An event is only a hint: what counts is the thing itself.
    await followEvents(api, { onConnect: read, onEvent: async (e) => { if (wanted.heard(e, bar)) await read(); } }, stop.signal);
  } finally {
    clearInterval(reread);
    if (timer) clearTimeout(timer);
    wanted.signal?.removeEventListener('abort', interrupt);
    bar.end();
  }
  if (trouble) throw trouble as Error;
  const result = ended as { view: View | null } | null;
  if (result) return result.view;
  if (timedOut) throw new CliFailure(EXIT.timeout, t, { code: 'TIMEOUT', what: wanted.goesOn.timeout, action: wanted.again });
  throw new CliFailure(EXIT.interrupted, t, { code: 'INTERRUPTED', what: wanted.goesOn.interrupted, action: wanted.again });
}
