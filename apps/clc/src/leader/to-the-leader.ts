// What a controller that follows tells the one that leads, through the progress cache: only hints, so that it is quick. What they hint at is in
// the database, and the leader finds it there by itself: orders within a second, registrations by the daemon's next beat or within a minute.
import type { ProgressCache } from '@educloud/progress';
import { z } from 'zod';

const CHANNEL = 'leader';
const Hint = z.union([z.object({ orders: z.literal(true) }), z.object({ registered: z.string() }), z.object({ free: z.literal(true) })]);
export type Hint = z.infer<typeof Hint>;

type Ears = Pick<ProgressCache, 'listen'>;

export const hint = (progress: Pick<ProgressCache, 'notify'>, what: Hint): void => progress.notify(CHANNEL, what);

/** @returns stops listening */
export function hearFollowers(progress: Ears, on: { orders(): void; registered(daemonId: string): void }): () => void {
  return listen(progress, (what) => {
    if ('orders' in what) on.orders();
    if ('registered' in what) on.registered(what.registered);
  });
}

/** The lease was given back. @returns stops listening */
export const hearThatItIsFree = (progress: Ears, on: () => void): (() => void) => listen(progress, (what) => { if ('free' in what) on(); });

function listen(progress: Ears, on: (what: Hint) => void): () => void {
  return progress.listen(CHANNEL, (payload) => {
    const what = Hint.safeParse(payload);
    if (what.success) on(what.data);
  });
}
