// Looks into a running daemon through Node's own inspector, so that the daemon under test is the one that is shipped: heap after a full collection,
// timers, handles, listeners. Also plants leaks there on purpose. Used by the soak only.
import { readFile } from 'node:fs/promises';
import { WebSocket } from 'ws';

/** Environment of a daemon that can be looked into; it says where in its log. */
export const INSPECTED = { NODE_OPTIONS: '--inspect=127.0.0.1:0' } as const;
const ADDRESS = /Debugger listening on (ws:\/\/127\.0\.0\.1:\d+\/[\w-]+)/g;
const ANSWER_MS = 30_000;

interface Remote { objectId?: string; value?: unknown }
interface Answer { result?: Remote & { description?: string }; objects?: Remote; exceptionDetails?: { text: string; exception?: { description?: string } } }

export interface Inside {
  look(): Promise<Record<string, number>>;
  /** Runs this text in the daemon. */
  run(expression: string): Promise<void>;
  close(): void;
}

const AT_FIRST = `globalThis.soakDelay ??= (() => { const h = process.getBuiltinModule('node:perf_hooks').monitorEventLoopDelay({ resolution: 20 }); h.enable(); return h; })(); undefined`;
// Before the collection, which stops everything for a moment; the count begins anew after it.
// The histogram holds the whole time between two looks of its timer, which is 20 ms by itself.
const DELAY = `Math.max(0, Math.round(globalThis.soakDelay.percentile(99) / 1e4) / 100 - 20)`;
const SIMPLE = `(() => {
  const memory = process.memoryUsage();
  const kinds = process.getActiveResourcesInfo();
  globalThis.soakDelay.reset();
  const mb = (bytes) => Math.round(bytes / 1e4) / 100;
  const sockets = kinds.filter((kind) => /^(TCP|Pipe|TLS)/.test(kind)).length;
  return { 'heap MB': mb(memory.heapUsed + memory.external), 'rss MB': mb(memory.rss), sockets, handles: kinds.filter((kind) => /Wrap$|Worker|MessagePort|Handle/.test(kind)).length - sockets };
})()`;
const EVENTS = `process.getBuiltinModule('node:events')`;
/** Every living object of a kind, and what is counted of all of them. */
const COUNTS: Record<string, { prototype: string; count: string }> = {
  timers: { prototype: `(() => { const t = setTimeout(() => undefined, 0); clearTimeout(t); return Object.getPrototypeOf(t); })()`, count: 'function () { return this.filter((t) => t._destroyed === false).length; }' },
  listeners: { prototype: `${EVENTS}.EventEmitter.prototype`, count: 'function () { let n = 0; for (const e of this) { try { if (e._eventsCount > 0) for (const name of e.eventNames()) n += e.listenerCount(name); } catch { /* a prototype */ } } return n; }' },
  'abort listeners': { prototype: 'AbortSignal.prototype', count: `function () { const { getEventListeners } = ${EVENTS}; let n = 0; for (const s of this) { try { n += getEventListeners(s, 'abort').length; } catch { /* a prototype */ } } return n; }` },
};

export async function lookInto(logFile: string): Promise<Inside> {
  const address = [...(await readFile(logFile, 'utf8')).matchAll(ADDRESS)].at(-1)?.[1];
  if (!address) throw new Error(`no inspector is named in ${logFile}`);
  const socket = new WebSocket(address, { maxPayload: 64 * 1024 * 1024 });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const waiting = new Map<number, (message: { result?: Answer; error?: { message: string } }) => void>();
  let lastId = 0;
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as { id?: number; result?: Answer; error?: { message: string } };
    if (message.id !== undefined) waiting.get(message.id)?.(message);
  });

  const send = (method: string, params: object = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      const timer = setTimeout(() => { waiting.delete(id); reject(new Error(`${method}: no answer`)); }, ANSWER_MS);
      waiting.set(id, ({ result, error }) => {
        clearTimeout(timer);
        waiting.delete(id);
        const thrown = result?.exceptionDetails;
        if (error || thrown) reject(new Error(`${method}: ${error?.message ?? thrown?.exception?.description ?? thrown?.text}`));
        else resolve(result ?? {});
      });
      socket.send(JSON.stringify({ id, method, params }));
    });
  const evaluate = async (expression: string): Promise<unknown> => (await send('Runtime.evaluate', { expression, returnByValue: true })).result?.value;

  await evaluate(AT_FIRST);
  return {
    async look() {
      const delay = Number(await evaluate(DELAY));
      await send('HeapProfiler.collectGarbage');
      const counted: Record<string, number> = {};
      for (const [name, { prototype, count }] of Object.entries(COUNTS)) {
        const objectGroup = 'soak';
        const { result } = await send('Runtime.evaluate', { expression: prototype, objectGroup });
        const { objects } = await send('Runtime.queryObjects', { prototypeObjectId: result?.objectId, objectGroup });
        counted[name] = Number((await send('Runtime.callFunctionOn', { objectId: objects?.objectId, functionDeclaration: count, returnByValue: true })).result?.value);
        await send('Runtime.releaseObjectGroup', { objectGroup });
      }
      await send('HeapProfiler.collectGarbage');
      return { ...((await evaluate(SIMPLE)) as Record<string, number>), ...counted, 'loop delay ms': delay };
    },
    run: async (expression) => void (await evaluate(expression)),
    close: () => socket.terminate(),
  };
}
