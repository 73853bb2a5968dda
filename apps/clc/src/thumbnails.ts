// Small pictures of screens: each kept for some seconds, one asked for at a time of each node, however many look at a list. Called by routes/thumbnail.ts.
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';

export const THUMBNAIL_KEPT_MS = 10_000;
/** Of all guests; the oldest goes first. */
const KEPT = 2000;
/** Of one node: with more the list is there before its last picture. */
const WAITING = 64;

interface Kept { png: Buffer; ncId: string; at: number }

export interface ThumbnailOptions {
  now(): number;
  take(insId: string, ncId: string): Promise<Buffer>;
  keptMs?: number;
}

export function createThumbnails({ now, take, keptMs = THUMBNAIL_KEPT_MS }: ThumbnailOptions): { of(insId: string, ncId: string): Promise<Buffer> } {
  const kept = new Map<string, Kept>();
  const taking = new Map<string, Promise<Buffer>>();
  const nodes = new Map<string, { last: Promise<unknown>; waiting: number }>();

  async function inTurn(insId: string, ncId: string): Promise<Buffer> {
    const node = nodes.get(ncId) ?? { last: Promise.resolve(), waiting: 0 };
    if (node.waiting >= WAITING) throw new CloudError('TOO_MANY_REQUESTS', say('screenBeingTaken'));
    nodes.set(ncId, node);
    node.waiting += 1;
    const mine = node.last.then(() => take(insId, ncId));
    node.last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      node.waiting -= 1;
      if (node.waiting === 0) nodes.delete(ncId);
    }
  }

  return {
    of(insId, ncId) {
      const there = kept.get(insId);
      const age = there ? now() - there.at : Infinity;
      // On another node it is another run of the guest; a clock that was set back makes nothing fresh.
      if (there && there.ncId === ncId && age >= 0 && age < keptMs) return Promise.resolve(there.png);
      const key = `${insId} ${ncId}`;
      const under = taking.get(key);
      if (under) return under;
      const work = inTurn(insId, ncId)
        .then((png) => {
          kept.delete(insId);
          if (kept.size >= KEPT) kept.delete(kept.keys().next().value as string);
          kept.set(insId, { png, ncId, at: now() });
          return png;
        })
        .finally(() => taking.delete(key));
      taking.set(key, work);
      return work;
    },
  };
}
