// image/create/stop on the node: ask every 3 s within the grace (a booting guest ignores the first), then switch off hard.
import { say, type JobResult } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../../deps.ts';
import type { DomainState, Hypervisor } from '../../drivers/hypervisor/interface.ts';

const ASK_AGAIN_MS = 3000;
type How = JobResult<'stopDomain'>['how'];

export function stopJobs(deps: Deps): AnyJobHandler[] {
  return [
    defineJob<'stopDomain'>({
      job: 'stopDomain',
      async do({ insId, graceMs, force }, { signal }) {
        return { how: await stopGuest(deps.hypervisor, insId, force ? 0 : graceMs, deps.now, signal) };
      },
    }),
  ];
}

const isOff = (state: DomainState): boolean => state === 'absent' || state === 'shutoff' || state === 'crashed';

export async function stopGuest(hypervisor: Hypervisor, insId: string, graceMs: number, now: () => number, signal: AbortSignal): Promise<How> {
  const off = watchOff(hypervisor, insId);
  try {
    if (isOff(await hypervisor.state(insId))) {
      await hypervisor.ensureStopped(insId); // what was saved of it goes
      return 'already-stopped';
    }
    const until = now() + graceMs;
    let how: How = 'acpi';
    while (now() < until) {
      if (signal.aborted) throw new CloudError('CANCELLED', say('stoppingCancelled'));
      const before = await hypervisor.state(insId);
      // What it could not write is tried again; a guest that stays paused hears nobody.
      if (before === 'paused') await hypervisor.resume(insId);
      // One on its way down is only waited for: it can be asked no more.
      if (before !== 'shutting-down') {
        how = await hypervisor.requestShutdown(insId).catch(async (e: unknown) => {
          const since = await hypervisor.state(insId);
          if (isOff(since) || since === 'shutting-down') return how;
          throw e;
        });
      }
      await off.within(Math.min(ASK_AGAIN_MS, Math.max(0, until - now())), signal);
      if (isOff(await hypervisor.state(insId))) return how;
    }
    // Switching it off now would lose what the guest believes is written. With `force` there is no grace, and it is.
    if (graceMs > 0 && (await hypervisor.list()).some((d) => d.insId === insId && d.reason === 'io-error')) {
      throw new CloudError('DISK_FULL', say('guestPaused', { instance: insId }), { retryable: false }); // it had its whole grace
    }
    await hypervisor.ensureStopped(insId);
    return 'forced';
  } finally {
    off.end();
  }
}

/** Resolves at the event, at the latest after the time given. */
function watchOff(hypervisor: Hypervisor, insId: string): { within(ms: number, signal: AbortSignal): Promise<void>; end(): void } {
  let happened = false;
  let wake: (() => void) | null = null;
  const end = hypervisor.onEvent((event) => {
    if (event.insId !== insId || !isOff(event.state)) return;
    happened = true;
    wake?.();
  });
  return {
    end,
    within: (ms, signal) =>
      new Promise((resolve) => {
        if (happened || signal.aborted) return resolve();
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        wake = done;
        signal.addEventListener('abort', done, { once: true });
      }),
  };
}
