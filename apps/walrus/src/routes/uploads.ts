// The tus endpoint: image bytes come in with a ticket of the CLC. Called by people's tools and by CCs.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CloudError } from '@educloud/errors';
import type { RawCall, Rest } from '@educloud/rest';
import type { Deps } from '../deps.ts';

export const UPLOADS_PATH = '/walrus/api/1.0/uploads';

export function uploadRoutes(rest: Rest, { store }: Pick<Deps, 'store'>): void {
  const handle = (request: IncomingMessage, response: ServerResponse, call: RawCall): Promise<void> => {
    if (call.caller.kind !== 'ticket' || call.caller.claims.action !== 'image/upload') throw new CloudError('TICKET_INVALID', 'an upload needs an upload ticket');
    return store.receive(request, response, { claims: call.caller.claims, path: UPLOADS_PATH, name: call.params['name'] ?? null });
  };
  rest.raw({ methods: ['POST'], path: UPLOADS_PATH, need: 'ticket', summary: 'Begins or finds the upload of an image version (tus 1.0.0 creation)' }, handle);
  rest.raw({ methods: ['HEAD', 'PATCH', 'DELETE'], path: `${UPLOADS_PATH}/:name`, need: 'ticket', summary: 'How far an upload is; its next bytes; its end (tus 1.0.0)' }, handle);
}
