// A refused request leaves nothing, and no secret gets anywhere.
import { grouped } from './grouped.ts';
import type { Invariant } from './interface.ts';
import { ordersOf } from './orders.ts';

export const refusedLeavesNothing: Invariant = {
  id: 'I37',
  promises: 'a request that was refused has no effect at all',
  check({ db, history }) {
    const named = ordersOf(history).flatMap((order) => {
      const name = (order.body as { name?: unknown } | undefined)?.name;
      return typeof name === 'string' ? [{ name, order }] : [];
    });
    const refused = [...grouped(named, (n) => n.name)].filter(([, all]) => all.every(({ order }) => order.came === 'refused')).map(([name]) => name);
    return refused.flatMap((name) => [
      ...db.tasks.filter((t) => t.name === name).map((t) => `task ${t.tid} is called "${name}", and every request with that name was refused`),
      ...db.images.filter((i) => i.name === name).map((i) => `image ${i.id} is called "${name}", and every request with that name was refused`),
    ]);
  },
};

export const noSecrets: Invariant = {
  id: 'I36',
  promises: 'no password, token or daemon secret in any log, message, event or command line',
  check: ({ secretsSeen }) => secretsSeen.map(({ what, where }) => `${what} stands in ${where}`),
};
