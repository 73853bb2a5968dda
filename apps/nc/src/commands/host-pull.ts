// host/pull on the host: says what it is and has right now, as an answer and in its usual reports, which its cluster controller hears too.
import type { HostSnapshot } from '@educloud/contracts';
import { defineJob, type AnyJobHandler } from '@educloud/executor';

export interface PullDeps {
  /** Its facts, guests and what it holds are told the usual way. Resolves when the facts are on their way. */
  report(): Promise<void>;
  snapshot(): Promise<HostSnapshot>;
}

export function pullJobs({ report, snapshot }: PullDeps): AnyJobHandler[] {
  return [
    defineJob<'pullFacts'>({
      job: 'pullFacts',
      serialKey: () => 'pull',
      async do() {
        await report();
        return snapshot();
      },
    }),
  ];
}
