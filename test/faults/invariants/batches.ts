// Many at once: an order for many is all of them, once, and it ends.
import type { Invariant } from './interface.ts';
import { ordersOf } from './orders.ts';

interface ClassAsked { count: number; definition: { name: string } }

export const batchesAreWhole: Invariant = {
  id: 'I41',
  promises: 'a batch that was accepted has each of its members once, one that was refused has none, and it ends',
  check({ db, history }) {
    const members = ordersOf(history).filter((o) => o.path === '/batches' && o.method === 'POST').flatMap((order) => {
      const { count, definition: { name } } = order.body as ClassAsked;
      const made = Array.from({ length: count }, (_, i) => db.userInstances.filter((own) => own.name === name.replace('{n}', String(i + 1))).length);
      const [least, most] = [Math.min(...made), Math.max(...made)];
      const right = order.came === 'accepted' ? least === 1 && most === 1 : order.came === 'refused' ? most === 0 : least === most && most <= 1;
      return right ? [] : [`the class ${name} was ${order.came}, and its members are there ${made.join(', ')} times`];
    });
    return [...members, ...db.batches.filter((b) => b.state === 'running').map((b) => `batch ${b.id} never ended`)];
  },
};
