// Tells instances that they will be shut down, and shuts them down. Level-triggered: it knows only their rows and the clock, and each decision is
// made anew with the row locked. The leader runs it.
import { say } from '@educloud/contracts';
import type { Logger } from '@educloud/log';
import { beginStop } from '../commands/instance/stop.ts';
import { beginAction, change, progressKeyOf, takenBack } from '../commands/instance/life.ts';
import type { Deps } from '../deps.ts';
import type { UserInstanceRow } from '../store/interface.ts';
import { decide, idleNow, sayWhy, type Due, type Running } from './decide.ts';

export interface AutoStopDeps extends Pick<Deps, 'store' | 'saga' | 'now' | 'limits' | 'progress'> {
  everyMs?: number;
  log: Logger;
}

const EVERY_MS = 10_000;

const dueOf = (row: UserInstanceRow, now: number, silentMs: number): Due => {
  const { autoStop, startedAt, taskState, vmState } = row;
  if (!autoStop || startedAt === null || taskState !== null || (vmState !== 'active' && vmState !== 'paused')) return { what: 'wait' };
  return decide({ ...row, autoStop, startedAt, idleSince: idleNow(row, now, silentMs) } satisfies Running, now);
};

/** One look at all that run. @returns ids of those that are being shut down now */
export async function autoStopRound({ store, saga, now, limits, progress, log }: AutoStopDeps): Promise<string[]> {
  const stopped: string[] = [];
  for (const { id } of (await store.read.userInstances.autoStopping()).filter((row) => dueOf(row, now(), limits.guestSilentMs).what !== 'wait')) {
    const what = await store.transaction(async (tx): Promise<Due['what']> => {
      const row = await tx.userInstances.lockUserInstance(id);
      const due = row ? dueOf(row, now(), limits.guestSilentMs) : { what: 'wait' as const };
      if (!row || due.what === 'wait') return 'wait';
      if (due.what === 'warn') await change(tx, row, null, { autoStopAt: due.at, message: say('autoStopSoon', { at: due.at, why: sayWhy(due.why) }) });
      else if (due.what === 'takeBack') await change(tx, row, null, takenBack(row));
      else if (due.what === 'stop') await beginAction({ saga }, tx, row, 'stop', beginStop({ limits }, { force: false }, due.why));
      return due.what;
    }).catch((e: unknown): Due['what'] => {
      log.warn({ err: e, insId: id }, 'cannot be shut down by itself now; it is looked at again');
      return 'wait';
    });
    if (what !== 'stop') continue;
    stopped.push(id);
    log.info({ insId: id }, 'shuts down by itself');
    await progress.delete(progressKeyOf({ id })).catch((e: unknown) => log.warn({ err: e, insId: id }, 'how far an earlier action came is still shown'));
  }
  if (stopped.length > 0) saga.kick();
  return stopped;
}

export function startAutoStop(deps: AutoStopDeps): { close(): void } {
  let working = false;
  const timer = setInterval(() => {
    if (working) return;
    working = true;
    void autoStopRound(deps).catch((e: unknown) => deps.log.warn({ err: e }, 'looking for what is to be shut down failed; it is done again')).finally(() => { working = false; });
  }, deps.everyMs ?? EVERY_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}
