// Image files go out with Range, If-Range and a strong ETag. Called by CCs and by people who download.
import { CloudError } from '@educloud/errors';
import type { Rest } from '@educloud/rest';
import type { Deps } from '../deps.ts';

export function fileRoutes(rest: Rest, { store }: Pick<Deps, 'store'>): void {
  rest.raw({ methods: ['GET', 'HEAD'], path: '/walrus/api/1.0/images/:imageId/versions/:version/file', need: 'ticket', summary: 'The file of an image version; Range and If-Range are understood' }, async (request, response, { params, caller }) => {
    const claims = caller.kind === 'ticket' && caller.claims.action === 'image/download' ? caller.claims : null;
    if (!claims || claims.imageId !== params['imageId'] || String(claims.version) !== params['version']) throw new CloudError('TICKET_INVALID', 'the ticket is for something else than this file');
    await store.serve(request, response, { imageId: claims.imageId, version: claims.version });
  });
}
