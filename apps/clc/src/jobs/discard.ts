// Everything of a guest goes from its node and its cluster. Only forward: a daemon that is down is waited for.
import type { JobParams } from '@educloud/contracts';
import type { JobDefinition } from '@educloud/saga';
import type { Tx } from '../store/interface.ts';
import type { OfGuest } from './guest.ts';

export const HOUR = 3_600_000;
export const patient = { attempts: 1_000_000, backoffMs: 1000 };

/** @param staged the version whose file may wait on the cluster on its way up
 * @param keepData whether a data disk stays. Default: there is none. */
export function discardJobs<C extends OfGuest>(staged: (ctx: C) => { imageId: string; version: number }, keepData: (ctx: C) => boolean = () => false): JobDefinition<Tx, C>[] {
  return [
    {
      name: 'discardInstance',
      skip: ({ guest }) => !guest.ncId,
      target: ({ guest }) => guest.ncId ?? '',
      // It goes before the node is used again: the node names it in its first inventory.
      whenSwitchedOff: {},
      params: (ctx): JobParams<'discardInstance'> => ({ insId: ctx.guest.instance.id, ...(keepData(ctx) ? { keepData: true } : {}) }),
      deadlineMs: HOUR,
      retry: patient,
    },
    {
      name: 'discardStaging',
      skip: ({ guest }) => !guest.ccId,
      target: ({ guest }) => guest.ccId ?? '',
      params: (ctx): JobParams<'discardStaging'> => ({ insId: ctx.guest.instance.id, ...staged(ctx) }),
      deadlineMs: HOUR,
      retry: patient,
    },
  ];
}
