// Beats reach only the controller that leads. A few times a minute it puts up what it knows, so that the others show the same.
import { say, Said, type DaemonView } from '@educloud/contracts';
import type { Logger } from '@educloud/log';
import type { ProgressCache } from '@educloud/progress';
import { z } from 'zod';
import type { Live, Liveness } from '../liveness.ts';

const CHANNEL = 'beats';
/** Each daemon in three words, there may be thousands: id, last beat in epoch ms, guests */
const Board = z.object({ suspended: z.boolean(), why: Said, daemons: z.array(z.tuple([z.string(), z.number(), z.number().nullable()])) });

export function createBeatBoard(deps: { liveness: Pick<Liveness, 'heard' | 'suspended'>; progress: Pick<ProgressCache, 'notify'>; everyMs: number }): { close(): void } {
  const show = (): void => {
    const daemons = deps.liveness.heard().map(({ id, lastBeatAt, guests }): [string, number, number | null] => [id, lastBeatAt, guests]);
    deps.progress.notify(CHANNEL, { ...deps.liveness.suspended(), daemons });
  };
  const timer = setInterval(show, deps.everyMs);
  timer.unref();
  return { close: () => clearInterval(timer) };
}

/** `load`: only the controller that leads knows it. */
export type Shown = { lastBeatAt: number | null; guests: number | null; load?: NonNullable<DaemonView['load']> };

export interface BeatReader {
  live(id: string): Shown | null;
  suspended(): { suspended: boolean; why: Said };
  close(): void;
}

/** What a controller shows of beats: its own knowledge while it leads, else what the leader put up last. */
export function createBeatReader(deps: { liveness: Pick<Liveness, 'live' | 'suspended'>; progress: Pick<ProgressCache, 'listen'>; leads(): boolean; log: Logger }): BeatReader {
  const { liveness, leads } = deps;
  const shown = new Map<string, Shown>();
  let suspended = { suspended: false, why: say('text', { text: '' }) };
  const close = deps.progress.listen(CHANNEL, (payload) => {
    if (leads()) return;
    const board = Board.safeParse(payload);
    if (!board.success) return deps.log.debug({ issues: board.error.issues.slice(0, 3) }, 'a board of beats that is none');
    shown.clear();
    for (const [id, lastBeatAt, guests] of board.data.daemons) shown.set(id, { lastBeatAt, guests });
    suspended = { suspended: board.data.suspended, why: board.data.why };
  });
  const own = (live: Live | null): Shown | null => {
    if (!live?.beat) return live && { lastBeatAt: live.lastBeatAt, guests: null };
    const { guests, load1, memoryFreeMiB, freeDiskBytes } = live.beat;
    return { lastBeatAt: live.lastBeatAt, guests, load: { load1, memoryFreeMiB, freeDiskBytes } };
  };
  return {
    live: (id) => (leads() ? own(liveness.live(id)) : (shown.get(id) ?? null)),
    suspended: () => (leads() ? liveness.suspended() : suspended),
    close,
  };
}
