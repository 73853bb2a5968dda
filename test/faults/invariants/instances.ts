// Instances that people defined: what was accepted ends, states go where the table leads, a temporary one leaves nothing, and a persistent disk is never lost.
import { mayBecome, type InstanceStand, standOf } from '@educloud/contracts';
import type { EventSeen } from '../evidence/interface.ts';
import type { HistoryEntry } from '../history.ts';
import { grouped } from './grouped.ts';
import type { Invariant } from './interface.ts';
import { ordersOf, type Order } from './orders.ts';

const ACTION = /^\/instances\/(ins-[0-9a-f]{8})(?:\/(\w+))?$/;
export interface ActionOrder extends Order { insId: string; action: string }

export const actionsOf = (history: readonly HistoryEntry[]): ActionOrder[] =>
  ordersOf(history).flatMap((order) => {
    const match = ACTION.exec(order.path);
    const action = match?.[2] ?? (order.method === 'DELETE' ? 'delete' : undefined);
    return match && action ? [{ ...order, insId: match[1] as string, action }] : [];
  });

const told = (event: EventSeen): string => standOf(event.payload as InstanceStand);

export const instancesEnd: Invariant = {
  id: 'I39',
  promises: 'an instance goes only where its table of states leads and rests when nothing is asked of it; what was accepted is done; a temporary one keeps nothing, a persistent disk goes only by reset or delete',
  check({ db, history }) {
    const actions = actionsOf(history);
    const stories = grouped(db.events.filter((e) => e.kind === 'instance').sort((a, b) => a.id - b.id), (e) => e.subject);
    const strayed = [...stories].flatMap(([insId, events]) => events.flatMap((event, i) => {
      const before = events[i - 1];
      return before && !mayBecome(told(before) as never, told(event) as never) ? [`instance ${insId} went from ${told(before)} to ${told(event)} in event ${event.id}`] : [];
    }));
    const each = db.userInstances.flatMap((own) => {
      const at = standOf(own as unknown as InstanceStand);
      const events = stories.get(own.id) ?? [];
      const last = events.at(-1);
      const mine = actions.filter((o) => o.insId === own.id && o.came !== 'refused');
      const placed = (db.instances.find((i) => i.id === own.id)?.ncId ?? null) !== null;
      const wasUp = events.some((e) => (e.payload as InstanceStand).vmState === 'active');
      return [
        ...(own.taskState !== null ? [`instance ${own.id} stands at ${at}: ${own.error?.message ?? ''}`] : []),
        ...(last && told(last) !== at ? [`instance ${own.id} is ${at}, and its last event ${last.id} says ${told(last)}`] : []),
        ...(mine.some((o) => o.action === 'delete' && o.came === 'accepted') && own.vmState !== 'deleted' ? [`the deletion of ${own.id} was accepted, and it is ${at}`] : []),
        ...(own.lifetime === 'temporary' && own.vmState === 'stopped' ? [`the temporary instance ${own.id} is off and keeps its disk`] : []),
        ...(own.lifetime === 'persistent' && wasUp && !placed && !mine.some((o) => o.action === 'reset' || o.action === 'delete') ? [`the disk of the persistent instance ${own.id} is gone, and nobody had asked`] : []),
      ];
    });
    const missing = ordersOf(history).filter((o) => o.method === 'POST' && o.path === '/instances' && o.came === 'accepted').flatMap((order) => {
      const name = (order.body as { name?: string } | null)?.name;
      const made = db.userInstances.filter((own) => own.name === name).length;
      return made === 1 ? [] : [`instance "${name}" was defined once and is there ${made} times`];
    });
    return [...strayed, ...each, ...missing];
  },
};
