// image/create/prepare on the node: fetch the version from the CC, then clone a disk from it. Before the first boot all of it can be undone.
import { mkdir, rm } from 'node:fs/promises';
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../../deps.ts';
import { exists } from '../../files.ts';

export function prepareJobs(deps: Deps): AnyJobHandler[] {
  const { cache, copy, disks, paths, log } = deps;
  return [
    defineJob<'fetchImage'>({
      job: 'fetchImage',
      slot: 'transfer',
      async do({ insId, image, source }, { signal, progress }) {
        await cache.ensure(image, {
          pin: insId,
          signal,
          fetch: (path, each) => copy.fetch({ image, source, path, ...each }),
          onProgress: (done, total) => progress(total > 0 ? Math.floor((100 * done) / total) : 100, { bytes: { done, total }, note: 'cc→nc' }),
        });
        return {};
      },
      undo: ({ insId, image }) => cache.unpin(image, insId),
    }),
    defineJob<'cloneDisk'>({
      job: 'cloneDisk',
      slot: 'disk',
      async do({ insId, base, blankBytes }) {
        await mkdir(paths.instance(insId), { recursive: true, mode: 0o711 });
        if (base) return disks.ensureOverlay({ path: paths.disk(insId), basePath: cache.pathOf(base), baseFormat: base.format === 'raw' ? 'raw' : 'qcow2' });
        return disks.ensureBlank({ path: paths.disk(insId), sizeBytes: blankBytes ?? 0 });
      },
      async undo({ insId }) {
        if (await exists(paths.booted(insId))) return log.warn({ insId }, 'the disk has booted and is the user’s: not removed by an undo');
        await rm(paths.instance(insId), { recursive: true, force: true });
      },
    }),
  ];
}
