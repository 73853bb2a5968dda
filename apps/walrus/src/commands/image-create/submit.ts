// image/create/submit on the store: room is kept before the first byte is sent; the bytes themselves come through the upload route.
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import type { Deps } from '../../deps.ts';

export const reserveUpload = ({ store }: Deps): AnyJobHandler =>
  defineJob<'reserveUpload'>({
    job: 'reserveUpload',
    async do({ image }) {
      await store.reserve(image);
      return {};
    },
    undo: ({ image }) => store.remove(image),
  });
