// image/create/submit on the cluster: room for the flattened disk, then its way on to the store.
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../../deps.ts';

export function submitJobs({ staging, send }: Deps): AnyJobHandler[] {
  return [
    defineJob<'stageUpload'>({
      job: 'stageUpload',
      async do({ image }) {
        await staging.reserve(image);
        return {};
      },
      undo: ({ image }) => staging.discard(image),
    }),
    defineJob<'uploadToStore'>({
      job: 'uploadToStore',
      slot: 'transfer',
      async do({ image, target }, { signal, progress }) {
        await send({
          ...target, image, path: staging.finished(image), signal,
          onProgress: (done, total) => progress(total > 0 ? Math.floor((100 * done) / total) : 100, { bytes: { done, total }, note: 'cc→walrus' }),
        });
        return {};
      },
    }),
  ];
}
