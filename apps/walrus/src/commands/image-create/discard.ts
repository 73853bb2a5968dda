// image/create/discard on the store: what arrived of a version that will not be registered goes, with the room kept for it.
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../../deps.ts';

export const discardUpload = ({ store }: Deps): AnyJobHandler =>
  defineJob<'discardUpload'>({
    job: 'discardUpload',
    // Not behind an upload that is under way: that is exactly what has to end.
    interrupts: true,
    async do({ imageId, version }) {
      await store.remove({ imageId, version });
      return {};
    },
  });
