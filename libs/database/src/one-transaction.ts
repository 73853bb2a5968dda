// Finds the mistake of using the database beside the open transaction from inside it. On SQLite that would wait for itself for ever;
// on MariaDB it would read what the transaction has not seen. Both refuse it, so a test on either finds it.
import { AsyncLocalStorage } from 'node:async_hooks';
import { CloudError } from '@educloud/errors';

export interface OneTransaction {
  refuseInside(): void;
  inside<T>(work: () => Promise<T>): Promise<T>;
}

export function oneTransaction(): OneTransaction {
  const open = new AsyncLocalStorage<{ open: boolean }>();
  return {
    refuseInside() {
      if (open.getStore()?.open) throw new CloudError('INTERNAL', 'the database was used beside the open transaction', { internal: 'use the tx that was handed in' });
    },
    async inside(work) {
      // Timers started inside inherit the mark; it no longer counts once the transaction has ended.
      const mark = { open: true };
      try {
        return await open.run(mark, work);
      } finally {
        mark.open = false;
      }
    },
  };
}
