// Takes orders in a process of the CLC that does not lead: what is asked there is committed there, and the engine of the leader does the rest.
import { createAdvance } from './advance.ts';
import { definitionsOf } from './definitions.ts';
import type { SagaOptions, SagaOrders, SagaTx } from './interface.ts';
import { createOrders } from './orders.ts';
import { raced } from './raced.ts';

export interface DeskOptions<Tx extends { saga: SagaTx }> extends Pick<SagaOptions<Tx>, 'store' | 'plans' | 'address' | 'switchedOff' | 'now' | 'failpoint' | 'log'> {
  /** Something was committed for the leader. A hint that may get lost: its clockwork looks every second anyway. */
  wake(): void;
}

/** Of a process that does not lead; the engine of the one that does takes up what is ordered here. */
export function createSagaDesk<Tx extends { saga: SagaTx }>(options: DeskOptions<Tx>): SagaOrders<Tx> {
  const plan = definitionsOf<Tx>(options.plans);
  const nothing = (): void => undefined;
  const advance = createAdvance<Tx>({ ...options, plan, generation: null, changed: nothing });
  return {
    ...createOrders<Tx>({ advance, plan, now: options.now, generation: null, changed: nothing, waits: nothing, ended: nothing }),
    kick: options.wake,
    async onDaemonRegistered(daemonId) {
      for (const planId of await options.store.transaction((tx) => tx.saga.plansAtDaemon(daemonId))) {
        await raced(() => options.store.transaction((tx) => advance(tx, planId, { what: 'registered', daemonId })))
          .catch((e: unknown) => options.log.error({ err: e, planId }, 'plan cannot go on now'));
      }
      options.wake();
    },
  };
}
