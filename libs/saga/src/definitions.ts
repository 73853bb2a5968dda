// The plans an engine or a desk knows, by name; checked when they are made, not in the middle of a plan.
import { CloudError } from '@educloud/errors';
import type { PlanDefinition, SagaOptions, SagaTx } from './interface.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each definition has a context of its own
export type PlanByName<Tx> = (name: string) => PlanDefinition<Tx, any>;

/** @throws Error when a definition is not sound */
export function definitionsOf<Tx extends { saga: SagaTx }>(plans: SagaOptions<Tx>['plans']): PlanByName<Tx> {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  const definitions = new Map<string, PlanDefinition<Tx, any>>();
  for (const definition of plans) {
    checkDefinition(definition);
    if (definitions.has(definition.name)) throw new Error(`plan ${definition.name} is defined twice`);
    definitions.set(definition.name, definition);
  }
  return (name) => {
    const found = definitions.get(name);
    if (!found) throw new CloudError('INTERNAL', `there is no plan named ${name}`);
    return found;
  };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only names and kinds are looked at
function checkDefinition(definition: PlanDefinition<any, any>): void {
  const names = definition.jobs.map((job) => job.name);
  if (new Set(names).size !== names.length) throw new Error(`plan ${definition.name}: a job stands in it twice`);
  definition.jobs.forEach((job, index) => {
    const ways = [job.target, job.apply, job.perform].filter((way) => way !== undefined).length;
    if (ways !== 1) throw new Error(`plan ${definition.name}: ${job.name} needs exactly one of target, apply and perform`);
    if (job.undo === 'remote' && !job.target) throw new Error(`plan ${definition.name}: ${job.name} is an own job and cannot be undone remotely`);
    if (job.retryFrom !== undefined && !names.slice(0, index).includes(job.retryFrom)) throw new Error(`plan ${definition.name}: ${job.name} retries from ${job.retryFrom}, which does not come before it`);
  });
}
