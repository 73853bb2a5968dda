// The progress cache a daemon's configuration names: `redis://…`, or `memory:NAME` shared by the daemons of one process.
import { CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import type { ProgressCache } from './interface.ts';
import { createMemoryProgress } from './memory-progress.ts';
import { createRedisProgress } from './redis-progress.ts';

const cachesOfThisProcess = new Map<string, { cache: ProgressCache; users: number }>();

/** Never waits for Redis: see `state()`. @throws BAD_REQUEST the address is of neither kind */
export function openProgress(url: string, { log }: { log: Logger }): ProgressCache {
  if (/^rediss?:\/\//.test(url)) return createRedisProgress({ url, log });
  const name = /^(?:memory|embedded):(.+)$/.exec(url)?.[1];
  if (!name) throw new CloudError('BAD_REQUEST', 'the progress cache must be given as redis://[:password@]host:port or memory:NAME');
  return shared(name);
}

/** Closed for good when its last user has closed it. */
function shared(name: string): ProgressCache {
  const entry = cachesOfThisProcess.get(name) ?? { cache: createMemoryProgress(), users: 0 };
  cachesOfThisProcess.set(name, entry);
  entry.users++;
  let open = true;
  return {
    ...entry.cache,
    async close() {
      if (!open) return;
      open = false;
      if (--entry.users > 0) return;
      cachesOfThisProcess.delete(name);
      await entry.cache.close();
    },
  };
}
