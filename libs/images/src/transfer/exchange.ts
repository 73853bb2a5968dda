// One HTTP request over node:http(s), without the layers of fetch: half the CPU per GiB. Used by download and send-upload.
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { ERRORS, Problem, say, type Said } from '@educloud/contracts';
import { CloudError, fromWire } from '@educloud/errors';
import { cancelled } from '../hash.ts';

/** No byte in either direction for so long: the line is dead. */
export const IDLE_MS = 30_000;
/** Problem documents are small. */
const MAX_ANSWER_BYTES = 64 * 1024;

export interface Exchange {
  url: URL;
  method: string;
  headers: OutgoingHttpHeaders;
  signal: AbortSignal;
  idleMs?: number;
  /** Writes the body; resolves when all was handed over. */
  sendBody?(write: (chunk: Buffer) => Promise<void>): Promise<void>;
}

export const lineBroke = (what: string | Said, cause?: unknown): CloudError => new CloudError('TRANSFER_FAILED', what, cause === undefined ? {} : { cause });

/** Resolves with the answer's head. @throws TRANSFER_FAILED no or a broken line, CANCELLED. */
export function exchange(options: Exchange): Promise<IncomingMessage> {
  const { url, method, headers, signal, sendBody, idleMs = IDLE_MS } = options;
  if (signal.aborted) return Promise.reject(cancelled('the transfer', signal));
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, { method, headers, agent: false, signal });
    let answered = false;
    const fail = (e: unknown): void => {
      reject(signal.aborted ? cancelled('the transfer', signal) : lineBroke(say('peerSilent', { where: url.host, why: (e as NodeJS.ErrnoException).code ?? 'no answer' }), e));
    };
    request.setTimeout(idleMs, () => request.destroy(new Error(`nothing moved for ${idleMs} ms`)));
    request.on('error', (e) => { if (!answered) fail(e); });
    request.on('close', () => { if (!answered) fail(new Error('closed')); });
    request.on('response', (response) => {
      answered = true;
      resolve(response);
    });
    if (!sendBody) { request.end(); return; }
    const write = (chunk: Buffer): Promise<void> => new Promise((done, failed) => { request.write(chunk, (e) => (e ? failed(e) : done())); });
    // A receiver may answer (disk full, wrong offset) in the middle: then the answer counts and the rest is not sent.
    sendBody(write).then(() => { request.end(); }, (e: unknown) => { request.destroy(e instanceof Error ? e : new Error('the body could not be read')); });
  });
}

export async function readAnswer(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) break;
      chunks.push(chunk);
    }
  } catch { /* half a reason is still a reason */ }
  response.destroy();
  return Buffer.concat(chunks).toString('utf8');
}

/** A refusal as the error the other side meant; what carries no reason is a broken transfer when it may pass, else a refusal. */
export async function refusalOf(response: IncomingMessage, where: string): Promise<CloudError> {
  const status = response.statusCode ?? 0;
  const text = await readAnswer(response);
  let json: unknown = null;
  try { json = JSON.parse(text); } catch { /* not ours */ }
  const problem = Problem.safeParse(json);
  if (problem.success && Object.hasOwn(ERRORS, problem.data.code)) {
    const { code, detail, retryable, why, todo, data } = problem.data;
    return fromWire({ code, message: detail, retryable, ...(why ? { why } : {}), ...(todo ? { todo } : {}), ...(data ? { data } : {}) });
  }
  if (status === 401 || status === 403) return new CloudError('TICKET_INVALID', say('peerRefusedTicket', { where, status }));
  if (status === 404) return new CloudError('NOT_FOUND', say('peerHasNot', { where }));
  if (status === 507) return new CloudError('DISK_FULL', say('notEnoughSpaceOn', { where }), { data: { where } });
  return lineBroke(say('peerAnswered', { where, status }));
}

/** Pauses between attempts: 0.2, 0.4, 0.8 … at most 5 s, with jitter. */
export function pauseBefore(attempt: number, random: () => number = Math.random): number {
  return Math.min(5000, 200 * 2 ** attempt) * (0.75 + random() / 2);
}

export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) { reject(cancelled('the transfer', signal)); return; }
    const gone = (): void => { clearTimeout(timer); reject(cancelled('the transfer', signal)); };
    const timer = setTimeout(() => { signal.removeEventListener('abort', gone); resolve(); }, ms);
    signal.addEventListener('abort', gone, { once: true });
  });
}
