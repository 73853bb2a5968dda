// Image files for the nodes, also while they are still being filled; and the flattened disks that come back from them.
import { say } from '@educloud/contracts';
import { CloudError, wrap } from '@educloud/errors';
import { handleTus, serveFile, type ImageCache, type Uploads } from '@educloud/images';
import type { Caller, Rest } from '@educloud/rest';

const UPLOADS = '/cc/api/1.0/uploads';

export function imageRoutes(rest: Rest, deps: { cache: ImageCache; staging: Uploads }): void {
  rest.raw({ methods: ['GET', 'HEAD'], path: '/cc/api/1.0/images/:imageId/versions/:version/file', need: 'ticket', summary: 'One version, for a node of this cluster (Range, If-Range, strong ETag)' }, async (request, response, { params, caller }) => {
    const claims = claimsOf(caller, 'image/download');
    if (claims.imageId !== params.imageId || String(claims.version) !== params.version) throw new CloudError('TICKET_INVALID', 'the ticket is for another image');
    const file = deps.cache.read(claims);
    // The fill failed or was evicted: the node's job goes back to caching it first. The person shall hear why.
    const failure = deps.cache.failure(claims);
    if (!file && failure) throw wrap(failure, say('gettingFromStore'));
    if (!file) throw new CloudError('IMAGE_NOT_READY', say('notInClusterCache', { image: claims.imageId, version: claims.version }));
    try {
      await serveFile(request, response, file);
    } finally {
      file.release();
    }
  });

  for (const path of [UPLOADS, `${UPLOADS}/:name`]) {
    rest.raw({ methods: ['POST', 'HEAD', 'PATCH', 'DELETE', 'OPTIONS'], path, need: 'ticket', summary: 'A flattened disk comes up from a node (tus 1.0.0)' }, (request, response, { params, caller }) =>
      handleTus(deps.staging, request, response, { claims: claimsOf(caller, 'image/upload'), path: UPLOADS, name: params.name ?? null }),
    );
  }
}

type TicketCaller = Extract<Caller, { kind: 'ticket' }>;
function claimsOf<A extends TicketCaller['claims']['action']>(caller: Caller, action: A): Extract<TicketCaller['claims'], { action: A }> {
  if (caller.kind !== 'ticket' || caller.claims.action !== action) throw new CloudError('TICKET_INVALID', `the ticket is not for ${action}`);
  return caller.claims as Extract<TicketCaller['claims'], { action: A }>;
}
