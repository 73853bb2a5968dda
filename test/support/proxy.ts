// A TCP proxy that makes trouble when told to: delay, low bandwidth, cuts, refusals, silence, flipped bytes. For transfer tests and the fault rig.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Trouble {
  /** Every byte arrives so much later, in both directions. */
  delayMs?: number;
  bytesPerSecond?: number;
  /** No connection lives: those that are there are reset, new ones too. */
  reset?: boolean;
  /** Half-open: bytes vanish, nobody is told. A connection that lost some is reset at its next byte once the trouble is over, as a rebooted host would. */
  swallow?: boolean;
  /** About every so many bytes one bit is turned, in large chunks only: heads and small answers stay whole. */
  flipEveryBytes?: number;
}

export interface Proxy {
  host: string;
  port: number;
  /** The next `times` connections are cut when so many bytes came from the server. */
  cut(afterBytes: number, times: number): void;
  /** In force until the next call, for connections that are there and for new ones. Null: none. */
  trouble(what: Trouble | null): void;
  /** Ends what is open now, with a reset. @returns how many connections */
  resetAll(): number;
  /** Bytes that went from the server to clients. */
  sent(): number;
  close(): Promise<void>;
}

export interface ProxyOptions {
  /** `more`: other ports of the same service, taken in turn; one that refuses is passed over. */
  target: { host: string; port: number; more?: number[] };
  /** Default: any port of 127.0.0.1. */
  listen?: { host: string; port: number };
  /** For the place of a flipped bit. */
  random?: () => number;
}

/** A real peer would hear from its keepalive by then that the other end has forgotten the connection. */
const FORGOTTEN_MS = 60_000;
const BACKLOG_BYTES = 1024 * 1024;
const LARGE_BYTES = 8192;

export async function startProxy({ target, listen = { host: '127.0.0.1', port: 0 }, random = Math.random }: ProxyOptions): Promise<Proxy> {
  let total = 0;
  let cuts = { afterBytes: 0, times: 0 };
  let trouble: Trouble = {};
  let untilFlip = Infinity;
  let turn = 0;
  const ports = [target.port, ...(target.more ?? [])];
  const pairs = new Set<Pair>();

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => undefined);
    if (trouble.reset) {
      client.resetAndDestroy();
      return;
    }
    const limit = cuts.times > 0 ? cuts.afterBytes : Infinity;
    if (cuts.times > 0) cuts.times -= 1;
    if (ports.length === 1) serve(client, connect({ host: target.host, port: target.port, allowHalfOpen: true, noDelay: true }), limit);
    else void anyOf(turn++).then((upstream) => (client.destroyed ? upstream?.destroy() : upstream ? serve(client, upstream, limit) : client.resetAndDestroy()));
  });
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(listen.port, listen.host, resolve); });

  /** Connected to the first that takes it. */
  async function anyOf(from: number): Promise<Socket | null> {
    for (const [i] of ports.entries()) {
      const upstream = connect({ host: target.host, port: ports[(from + i) % ports.length] as number, allowHalfOpen: true, noDelay: true });
      const taken = await new Promise<boolean>((resolve) => upstream.once('connect', () => resolve(true)).once('error', () => resolve(false)));
      if (taken) return upstream;
    }
    return null;
  }

  function serve(client: Socket, upstream: Socket, limit: number): void {
    const pair: Pair = { client, upstream, lost: false, forget: null };
    pairs.add(pair);
    for (const socket of [client, pair.upstream]) {
      socket.on('error', () => undefined);
      socket.on('close', () => { pairs.delete(pair); if (pair.forget) clearTimeout(pair.forget); client.destroy(); pair.upstream.destroy(); });
    }
    let passed = 0;
    pass(pair, client, pair.upstream);
    pass(pair, pair.upstream, client, (bytes) => {
      passed += bytes;
      total += bytes;
      return passed <= limit;
    });
  }

  /** @param counts says false when the connection shall be cut here */
  function pass(pair: Pair, from: Socket, to: Socket, counts: (bytes: number) => boolean = () => true): void {
    let lastDueAt = 0;
    let waiting = 0;
    const queue: Array<{ dueAt: number; bytes: number; work(): void }> = [];
    // One after the other in the order they came, whatever the delay is meanwhile: a timer for each would let one overtake another by a millisecond.
    const later = (bytes: number, work: () => void): void => {
      const now = performance.now();
      lastDueAt = Math.max(lastDueAt, now + (trouble.delayMs ?? 0)) + (trouble.bytesPerSecond ? (bytes / trouble.bytesPerSecond) * 1000 : 0);
      if (queue.length === 0 && lastDueAt <= now) return work();
      waiting += bytes + 1;
      if (waiting > BACKLOG_BYTES) from.pause();
      if (queue.push({ dueAt: lastDueAt, bytes, work }) === 1) setTimeout(whenDue, lastDueAt - now);
    };
    const whenDue = (): void => {
      for (let next = queue[0]; next && next.dueAt <= performance.now(); next = queue[0]) {
        queue.shift();
        waiting -= next.bytes + 1;
        if (!to.destroyed) next.work();
      }
      if (waiting <= BACKLOG_BYTES) from.resume();
      if (queue[0]) setTimeout(whenDue, Math.max(0, queue[0].dueAt - performance.now()));
    };
    from.on('data', (chunk: Buffer) => {
      if (trouble.swallow) { pair.lost = true; return; }
      if (pair.lost) { reset(pair); return; }
      if (!counts(chunk.length)) { pair.client.destroy(); return; }
      flip(chunk);
      later(chunk.length, () => {
        if (!to.write(chunk)) { from.pause(); to.once('drain', () => from.resume()); }
      });
    });
    from.on('end', () => {
      if (trouble.swallow) { pair.lost = true; return; }
      later(0, () => to.end());
    });
  }

  function flip(chunk: Buffer): void {
    if (!trouble.flipEveryBytes || chunk.length < LARGE_BYTES) return;
    untilFlip -= chunk.length;
    if (untilFlip > 0) return;
    untilFlip = trouble.flipEveryBytes * (0.5 + random());
    // In the second half: a head may stand in the first.
    const at = Math.floor(chunk.length * (0.5 + random() / 2));
    chunk[at] = (chunk[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  }

  function resetAll(): number {
    const count = pairs.size;
    for (const pair of pairs) reset(pair);
    return count;
  }

  const address = server.address() as AddressInfo;
  return {
    host: address.address,
    port: address.port,
    resetAll,
    cut(afterBytes, times) { cuts = { afterBytes, times }; },
    trouble(what) {
      trouble = what ?? {};
      untilFlip = trouble.flipEveryBytes ? trouble.flipEveryBytes * random() : Infinity;
      if (trouble.reset) resetAll();
      if (trouble.swallow) return;
      for (const pair of pairs) if (pair.lost) pair.forget ??= setTimeout(() => reset(pair), FORGOTTEN_MS).unref();
    },
    sent: () => total,
    close() {
      resetAll();
      return new Promise((resolve) => { server.close(() => resolve()); });
    },
  };
}

interface Pair { client: Socket; upstream: Socket; lost: boolean; forget: NodeJS.Timeout | null }

function reset(pair: Pair): void {
  for (const socket of [pair.client, pair.upstream]) if (!socket.destroyed) socket.resetAndDestroy();
}
