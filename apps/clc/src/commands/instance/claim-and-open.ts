// What a guest needs before it starts or goes on: CPU and memory, and the ways to it. Jobs of run and resume.
import type { JobDefinition } from '@educloud/saga';
import type { PlanDeps } from '../../deps.ts';
import { checkNodeStarts, claimCompute } from '../../jobs/power.ts';
import { closeWays, openWays } from '../../network/access.ts';
import { leaseWhereItIs, type NetworkWish } from '../../network/lease.ts';
import type { Tx, UserInstanceRow } from '../../store/interface.ts';
import { nicsAsked, openedServices } from './define.ts';
import type { Life } from './life.ts';

export const wishOf = (row: UserInstanceRow): NetworkWish => ({ id: row.id, kind: row.kind, nics: nicsAsked(row.definition), services: openedServices(row) });

/** With CPU and memory the ways to it are opened in the rows. One that was placed before there were networks gets its addresses here. */
export const claimAndOpen = (deps: PlanDeps): JobDefinition<Tx, Life> => {
  const claim = claimCompute();
  return {
    ...claim,
    async apply(tx, life, results) {
      const { row, guest } = life;
      checkNodeStarts(guest);
      const leased = row.network ?? (guest.cc ? await leaseWhereItIs({ tx, cluster: guest.cc, now: deps.now(), quarantineMs: deps.limits.quarantineMs }, wishOf(row), guest.nc) : null);
      // Before anything can be refused: what is leased and not written down is leased again the next time.
      if (leased && !row.network) await tx.userInstances.setNetwork(row.id, leased);
      const done = await claim.apply?.(tx, life, results);
      if (leased) await openWays(tx, row, guest.ncId ?? '', leased);
      return done;
    },
    async undo(tx, life) {
      await tx.ledger.release(life.row.id, 'compute');
      await closeWays(tx, life.row);
    },
  };
};
