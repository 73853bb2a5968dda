// Keeps the guards of taps in step with the guests that run: there before a guest's first packet, gone with it. What is true is read from the
// running domains, so a restart of this daemon or of libvirt changes nothing.
import { say } from '@educloud/contracts';
import { CloudError, toWire } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import type { DomainEvent, DomainNic, Hypervisor } from '../drivers/hypervisor/interface.ts';
import type { TapGuard, Taps } from '../drivers/taps/interface.ts';
import { guardsOf } from './cards.ts';

export interface Guards {
  /** Guards the bridged cards of a guest that is about to start, while `start` runs and from then on as long as it runs. @throws NETWORK_UNAVAILABLE */
  around(insId: string, cards: readonly DomainNic[] | undefined, start: () => Promise<void>): Promise<void>;
  /** Looks at everything anew. Never throws. */
  lookAgain(): Promise<void>;
  close(): Promise<void>;
}

export function createGuards(deps: { hypervisor: Pick<Hypervisor, 'list' | 'onEvent'>; taps: Taps; /** Empty until this node has registered: nothing is touched before. */ nodeId(): string; log: Logger }): Guards {
  const { hypervisor, taps, log } = deps;
  const starting = new Map<string, TapGuard[]>();
  let queue: Promise<unknown> = Promise.resolve();
  let last = 0;

  async function keep(look: boolean): Promise<void> {
    if (deps.nodeId() === '') return;
    const running = (await hypervisor.list()).filter((d) => d.state !== 'shutoff' && d.state !== 'crashed' && d.state !== 'absent');
    const wanted = [...running.filter((d) => !starting.has(d.insId)).flatMap((d) => d.guards ?? []), ...[...starting.values()].flat()];
    const changed = await taps.keep(wanted, { look });
    last = wanted.length;
    if (changed > 0) log.info({ taps: wanted.length, changed }, 'the guards of bridged cards were changed');
  }
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work, work);
    queue = result.catch(() => undefined);
    return result;
  };
  const quietly = (look: boolean): Promise<void> => inTurn(() => keep(look)).catch((e: unknown) => log.warn({ error: toWire(e) }, 'the guards of bridged cards could not be looked at; the next look does it'));

  const endEvents = hypervisor.onEvent(({ state }: DomainEvent) => {
    if (last > 0 && (state === 'shutoff' || state === 'absent' || state === 'crashed')) void quietly(false);
  });

  return {
    async around(insId, cards, start) {
      const guards = guardsOf(cards);
      if (guards.length === 0) return start();
      const there = await taps.bridges();
      for (const card of cards ?? []) {
        if (card.mode === 'bridge' && !there.includes(card.bridge)) throw new CloudError('NETWORK_UNAVAILABLE', say('noBridgeHere', { bridge: card.bridge }), { retryable: false });
      }
      starting.set(insId, guards);
      try {
        await inTurn(() => keep(false));
        await start();
      } finally {
        starting.delete(insId);
        await quietly(false);
      }
    },
    lookAgain: () => quietly(true),
    async close() {
      endEvents();
      await queue;
    },
  };
}
