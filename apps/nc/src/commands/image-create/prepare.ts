// image/create/prepare on the node: fetch the version from the CC, then clone a disk from it. Before the first boot all of it can be undone.
import { mkdir } from 'node:fs/promises';
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import { cachedPath, type Deps } from '../../deps.ts';
import { exists } from '../../files.ts';
import { throwAway } from '../../throw-away.ts';

export function prepareJobs(deps: Deps): AnyJobHandler[] {
  const { cache, disks, paths, log } = deps;
  return [
    defineJob<'fetchImage'>({
      job: 'fetchImage',
      slot: 'transfer',
      async do({ insId, image, source }, { signal, progress }) {
        const onProgress = (done: number, total: number): void => progress(total > 0 ? Math.floor((100 * done) / total) : 100, { bytes: { done, total }, note: 'cc→nc' });
        await cache.ensure(insId, image, source, { signal, onProgress });
        return {};
      },
      undo: ({ insId, image }) => cache.unpin(insId, image),
    }),
    defineJob<'cloneDisk'>({
      job: 'cloneDisk',
      slot: 'disk',
      async do({ insId, base, blankBytes, sizeBytes, pins = false }) {
        // Thrown out since the cloud controller heard of it: it comes again, the long way.
        if (base && pins && !(await cache.keep(insId, base))) throw new CloudError('IMAGE_NOT_READY', say('notInNodeCache', { image: base.imageId, version: base.version }), { retryable: true });
        await mkdir(paths.instance(insId), { recursive: true, mode: 0o711 });
        if (base) return disks.ensureOverlay({ path: paths.disk(insId), basePath: cachedPath(deps, base), baseFormat: base.format === 'raw' ? 'raw' : 'qcow2', ...(sizeBytes ? { sizeBytes } : {}) });
        return disks.ensureBlank({ path: paths.disk(insId), sizeBytes: blankBytes ?? 0 });
      },
      async undo({ insId, base, removedEvenBooted, pins = false }) {
        if (!removedEvenBooted && (await exists(paths.booted(insId)))) return log.warn({ insId }, 'the disk has booted and is the user’s: not removed by an undo');
        await throwAway(paths, insId, { keepData: true });
        if (base && pins) await cache.unpin(insId, base);
      },
    }),
  ];
}
