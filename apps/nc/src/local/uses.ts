// Who ran what on this host and until when: one file per run, until the cloud has taken it. Written by life.ts, told by report.ts.
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { LocalUse } from '@educloud/contracts';
import { readJsonFile, removeFile, writeDurably } from '@educloud/images';
import type { LocalPaths } from './paths.ts';

export interface UseLog {
  /** Again with the same id: fine. */
  begun(use: LocalUse): Promise<void>;
  /** The first end that is noted counts. */
  ended(id: string, end: Pick<LocalUse, 'stoppedAt' | 'how'>): Promise<void>;
  /** Oldest first, at most so many. */
  open(most: number): LocalUse[];
  count(): number;
  /** The cloud has taken these, as they were told. */
  taken(uses: LocalUse[]): Promise<void>;
}

export async function openUseLog(paths: Pick<LocalPaths, 'uses' | 'use'>): Promise<UseLog> {
  await mkdir(paths.uses, { recursive: true, mode: 0o700 });
  const uses = new Map<string, LocalUse>();
  for (const file of await readdir(paths.uses)) {
    const use = LocalUse.safeParse(file.endsWith('.json') ? await readJsonFile(path.join(paths.uses, file)) : null);
    if (use.success) uses.set(use.data.id, use.data);
  }
  const told = new Set<string>();
  const put = async (use: LocalUse): Promise<void> => {
    await writeDurably(paths.use(use.id), JSON.stringify(use));
    uses.set(use.id, use);
    told.delete(use.id);
  };
  return {
    async begun(use) {
      if (!uses.has(use.id)) await put(use);
    },
    async ended(id, end) {
      const use = uses.get(id);
      if (use && use.stoppedAt === null) await put({ ...use, ...end });
    },
    open: (most) => [...uses.values()].filter((use) => !told.has(use.id)).sort((a, b) => a.startedAt - b.startedAt).slice(0, most),
    count: () => [...uses.values()].filter((use) => !told.has(use.id)).length,
    async taken(sent) {
      for (const use of sent) {
        if (uses.get(use.id) !== use) continue; // it has ended meanwhile
        if (use.stoppedAt === null) { told.add(use.id); continue; } // its end is still to be told
        uses.delete(use.id);
        await removeFile(paths.use(use.id));
      }
    },
  };
}
