// Reads and parses the JSON body of one request within a size and a time. Called by the dispatcher for routes with a body schema.
import type { IncomingMessage } from 'node:http';
import { say } from '@educloud/contracts';
import { CloudError, wrongField } from '@educloud/errors';
import { badRequest } from './problem.ts';

const BODY_TIMEOUT_MS = 30_000;

const announced = (request: IncomingMessage): number => Number(request.headers['content-length'] ?? 0);
export const hasBody = (request: IncomingMessage): boolean => announced(request) > 0 || request.headers['transfer-encoding'] !== undefined;

const tooLarge = (limit: number): CloudError =>
  new CloudError('TOO_LARGE', say('bodyTooLarge', { limit }), { data: { fields: [{ field: 'body', message: `at most ${limit} bytes` }], limitBytes: limit } });

function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (announced(request) > limit) return Promise.reject(tooLarge(limit));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (work: () => void): void => {
      clearTimeout(timer);
      request.off('data', take).off('end', done).off('close', gone).off('error', gone);
      work();
    };
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limit) end(() => reject(tooLarge(limit)));
      else chunks.push(chunk);
    };
    const done = (): void => end(() => resolve(Buffer.concat(chunks)));
    const gone = (): void => end(() => reject(new CloudError('BAD_REQUEST', say('bodyBrokeOff'))));
    // A client that sends one byte a minute would hold the request for ever.
    const timer = setTimeout(() => end(() => reject(new CloudError('BAD_REQUEST', say('bodyLate', { seconds: BODY_TIMEOUT_MS / 1000 })))), BODY_TIMEOUT_MS);
    request.on('data', take).on('end', done).on('close', gone).on('error', gone);
  });
}

/** @returns the parsed body (`{}` when there is none) and its bytes. @throws TOO_LARGE, UNSUPPORTED_TYPE, BAD_REQUEST */
export async function readJson(request: IncomingMessage, limit: number): Promise<{ value: unknown; bytes: Buffer }> {
  if (hasBody(request)) {
    const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
    if (type !== 'application/json') throw new CloudError('UNSUPPORTED_TYPE', type ? say('typeNeeded', { type: `"${type.slice(0, 80)}"` }) : say('typeMissing'));
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') throw new CloudError('UNSUPPORTED_TYPE', say('noCompressed'));
  }
  const bytes = await readBytes(request, limit);
  if (bytes.length === 0) return { value: {}, bytes };
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown, bytes };
  } catch (e) {
    // The parser's words quote the body, which may hold a password: only the place is told.
    const at = /at position (\d+)/.exec(e instanceof Error ? e.message : '')?.[1];
    throw badRequest([wrongField('body', at === undefined ? say('malformedJson') : say('malformedJsonAt', { position: at }))]);
  }
}
