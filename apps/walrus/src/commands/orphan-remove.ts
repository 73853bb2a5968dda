// orphan/remove on the store: a file whose version was given up, or an upload that nobody continues. The CLC alone decides that.
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import { parseImageFileName } from '@educloud/images';
import type { Deps } from '../deps.ts';

export const removeFromStore = ({ store }: Deps): AnyJobHandler =>
  defineJob<'removeFromStore'>({
    job: 'removeFromStore',
    serialKey: ({ name }) => name,
    async do({ kind, name }) {
      const image = parseImageFileName(`${name}.raw`);
      if (kind === 'version' && image) await store.remove(image);
      if (kind === 'upload' && image) await store.removePart(image);
      return { kept: '' };
    },
  });
