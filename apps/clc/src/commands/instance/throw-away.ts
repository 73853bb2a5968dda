// What reset and delete share: the guest ends, everything of it goes from its node and cluster, its claims go back. Only forward from the first job on.
import type { JobDefinition } from '@educloud/saga';
import { discardJobs, HOUR } from '../../jobs/discard.ts';
import { unplaceJob } from '../../jobs/unplace.ts';
import type { PlanDeps } from '../../deps.ts';
import { closeAccess, closeWays } from '../../network/access.ts';
import type { Tx } from '../../store/interface.ts';
import type { Life } from './life.ts';

/** @param data whether the data disk goes as well */
export const throwAwayJobs = (deps: Pick<PlanDeps, 'now'>, data: (life: Life) => boolean): JobDefinition<Tx, Life>[] => [
  { name: 'releaseCompute', apply: async (tx, { row }) => (await closeWays(tx, row), {}), commit: true, deadlineMs: HOUR },
  closeAccess<Life>(),
  ...discardSystem(deps, data),
];

/** From its node and cluster, and its claims. */
export const discardSystem = (deps: Pick<PlanDeps, 'now'>, data: (life: Life) => boolean = () => false): JobDefinition<Tx, Life>[] => [
  ...discardJobs<Life>(({ row }) => ({ imageId: row.imageId, version: row.madeFrom ?? 0 }), (life) => !data(life)),
  unplaceJob<Life>(deps, data),
];
