// The calls of a history as orders: every try with the same key is one order, and it was accepted, refused, or nobody knows.
import type { Call, HistoryEntry, Lost, Return } from '../history.ts';

export interface Order {
  actor: string;
  method: string;
  path: string;
  key: string | null;
  body: unknown;
  firstAt: number;
  /** `unknown`: no answer came, or one that does not tell whether it was done. */
  came: 'accepted' | 'refused' | 'unknown';
  tries: Array<{ call: Call; end: Return | Lost | null }>;
}

export interface StepOrder extends Order { step: string; tid: string }

export function ordersOf(history: readonly HistoryEntry[]): Order[] {
  const ends = new Map<number, Return | Lost>();
  for (const e of history) if (e.kind === 'return' || e.kind === 'lost') ends.set(e.id, e);
  const orders = new Map<string, Order>();
  for (const call of history) {
    if (call.kind !== 'call') continue;
    const body = JSON.stringify(call.body ?? null);
    const name = call.key ? `${call.actor} ${call.key} ${call.path} ${body}` : `${call.id}`;
    const order = orders.get(name) ?? { actor: call.actor, method: call.method, path: call.path, key: call.key ?? null, body: call.body, firstAt: call.at, came: 'refused', tries: [] };
    order.tries.push({ call, end: ends.get(call.id) ?? null });
    orders.set(name, order);
  }
  for (const order of orders.values()) order.came = whatCame(order);
  return [...orders.values()];
}

function whatCame({ tries }: Order): Order['came'] {
  if (tries.some(({ end }) => end?.kind === 'return' && end.status < 300)) return 'accepted';
  // A conflict over the key says nothing about the first request with it.
  return tries.every(({ end }) => end?.kind === 'return' && end.status < 500 && end.code !== 'CONFLICT') ? 'refused' : 'unknown';
}

const STEP = /^\/image\/(?:create|modify)\/task\/(prepare|run|stop|submit|retry|cancel|delete)\/([^/]+)\/([^/]+)\/([^/]+)$/;

export function stepsOf(history: readonly HistoryEntry[]): StepOrder[] {
  return ordersOf(history).flatMap((order) => {
    const match = STEP.exec(order.path);
    return match ? [{ ...order, step: match[1] as string, tid: match.slice(2).join(':') }] : [];
  });
}

/** What the answers to an order said, without those that only say "not now". */
export const answersOf = (order: Order): Return[] => order.tries.flatMap(({ end }) => (end?.kind === 'return' && end.status < 300 ? [end] : []));
