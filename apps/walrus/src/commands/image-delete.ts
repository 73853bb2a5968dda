// image/delete: the file of a version goes. The CLC alone decides that nothing refers to it any more.
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../deps.ts';

export const deleteVersion = ({ store, outbox }: Deps): AnyJobHandler =>
  defineJob<'deleteVersion'>({
    job: 'deleteVersion',
    serialKey: ({ imageId, version }) => `${imageId}.v${version}`,
    async do({ imageId, version }) {
      await store.remove({ imageId, version });
      await outbox.add({ imageId, version, outcome: 'deleted', sha256: null, sizeBytes: null, virtualSizeBytes: null, format: null, tid: null });
      return {};
    },
  });
