// tus 1.0.0 (creation, termination, expiration) for the receiver of uploads, straight on node:http: the framework @tus/server costs
// twice the CPU per GiB (web streams) and hides why a write failed. Mounted by Walrus and CC under one path with a ticket each.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UploadTicket } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { versionName } from '../file-name.ts';
import type { Uploads } from './uploads.ts';

const VERSION = '1.0.0';

function baseHeaders(response: ServerResponse): void {
  response.setHeader('Tus-Resumable', VERSION);
  response.setHeader('Cache-Control', 'no-store');
}

const whole = (header: string | string[] | undefined, name: string): number => {
  const value = typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : NaN;
  if (!Number.isSafeInteger(value)) throw new CloudError('BAD_REQUEST', `${name}: a number of bytes is needed`, { data: { fields: [{ field: name, message: 'a number of bytes is needed' }] } });
  return value;
};

async function create(uploads: Uploads, request: IncomingMessage, response: ServerResponse, claims: UploadTicket, path: string): Promise<void> {
  const length = whole(request.headers['upload-length'], 'Upload-Length');
  if (length !== claims.sizeBytes) throw new CloudError('TICKET_INVALID', `the ticket is for ${claims.sizeBytes} bytes, not for ${length}`);
  const { offset, expiresAt } = await uploads.open(claims);
  response.setHeader('Location', `${path}/${versionName(claims)}`);
  response.setHeader('Upload-Offset', offset);
  response.setHeader('Upload-Expires', new Date(expiresAt).toUTCString());
  response.statusCode = 201;
  response.end();
}

async function append(uploads: Uploads, request: IncomingMessage, response: ServerResponse, claims: UploadTicket): Promise<void> {
  if (request.headers['content-type'] !== 'application/offset+octet-stream') throw new CloudError('UNSUPPORTED_TYPE', 'the content type has to be application/offset+octet-stream');
  const stop = new AbortController();
  stop.signal.addEventListener('abort', () => request.destroy(), { once: true });
  // An error in the middle is answered, so the request must outlive the loop that reads it.
  const bytes = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  const offset = await uploads.append(claims, whole(request.headers['upload-offset'], 'Upload-Offset'), bytes, stop);
  response.setHeader('Upload-Offset', offset);
  response.statusCode = 204;
  response.end();
}

/**
 * One request. `path` is the mount path, `name` the last segment or null for the endpoint itself.
 * Throws CloudError before anything was answered; the caller makes a problem document of it.
 */
export async function handleTus(uploads: Uploads, request: IncomingMessage, response: ServerResponse, options: { claims: UploadTicket; path: string; name: string | null }): Promise<void> {
  const { claims, path, name } = options;
  baseHeaders(response);
  const { method } = request;
  if (method === 'OPTIONS') {
    response.setHeader('Tus-Version', VERSION);
    response.setHeader('Tus-Extension', 'creation,termination,expiration');
    response.writeHead(204).end();
    return;
  }
  if (request.headers['tus-resumable'] !== VERSION) throw new CloudError('BAD_REQUEST', `Tus-Resumable: ${VERSION} is needed`);
  if (name === null) {
    if (method !== 'POST') throw new CloudError('METHOD_NOT_ALLOWED', 'an upload begins with POST', { data: { allow: ['POST', 'OPTIONS'] } });
    return create(uploads, request, response, claims, path);
  }
  if (name !== versionName(claims)) throw new CloudError('TICKET_INVALID', 'the ticket is for another image version');
  if (method === 'HEAD') {
    const { offset, expiresAt } = await uploads.stand(claims);
    response.setHeader('Upload-Offset', offset);
    response.setHeader('Upload-Length', claims.sizeBytes);
    response.setHeader('Upload-Expires', new Date(expiresAt).toUTCString());
    response.writeHead(200).end();
    return;
  }
  if (method === 'PATCH') return append(uploads, request, response, claims);
  if (method === 'DELETE') {
    await uploads.abandon(claims);
    response.writeHead(204).end();
    return;
  }
  throw new CloudError('METHOD_NOT_ALLOWED', 'HEAD, PATCH or DELETE', { data: { allow: ['HEAD', 'PATCH', 'DELETE', 'OPTIONS'] } });
}
