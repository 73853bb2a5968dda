// Asks a file route whether a version is whole or still coming, without taking its bytes. For transfers that cannot read behind a fill (SFTP).
import { exchange, IDLE_MS, refusalOf } from './exchange.ts';
import { FILLED_BYTES } from './serve-file.ts';

/**
 * @returns `filling` while the other side still receives the file itself
 * @throws what the other side refuses with: IMAGE_NOT_READY, TICKET_INVALID, why its fill failed; TRANSFER_FAILED, CANCELLED
 */
export async function askFile(options: { url: string; ticket: string; signal: AbortSignal }): Promise<'whole' | 'filling'> {
  const url = new URL(options.url);
  // Not HEAD: the answer to HEAD has no body, and the body of a refusal is its reason.
  const headers = { Authorization: `Bearer ${options.ticket}`, 'Accept-Encoding': 'identity', Range: 'bytes=0-0' };
  const response = await exchange({ url, method: 'GET', headers, signal: options.signal, idleMs: IDLE_MS });
  if (response.statusCode !== 200 && response.statusCode !== 206) throw await refusalOf(response, url.host);
  response.destroy();
  return response.headers[FILLED_BYTES] === undefined ? 'whole' : 'filling';
}
