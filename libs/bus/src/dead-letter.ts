// How a dead letter carries its reason: our own headers when a consumer buried it, `x-death` when the broker did.
import type { DeadLetter } from './interface.ts';

const SHOWN_BYTES = 64 * 1024;

export const deadLetterHeaders = (why: { queue: string; code: string; reason: string }, at: number): Record<string, string | number> => ({
  'x-queue': why.queue,
  'x-code': why.code,
  'x-reason': why.reason.slice(0, 2_000),
  'x-at': at,
});

interface Death {
  queue?: string;
  reason?: string;
  count?: number;
  time?: { value?: number }; // seconds
}

export function readDeadLetter(content: Buffer, headers: Record<string, unknown>): DeadLetter {
  const shown = content.subarray(0, SHOWN_BYTES).toString('utf8');
  if (typeof headers['x-reason'] === 'string') {
    return { queue: String(headers['x-queue'] ?? ''), reason: headers['x-reason'], code: String(headers['x-code'] ?? ''), at: Number(headers['x-at'] ?? 0), content: shown };
  }
  const death = (Array.isArray(headers['x-death']) ? headers['x-death'][0] : undefined) as Death | undefined;
  const limit = death?.reason === 'delivery_limit';
  return {
    queue: death?.queue ?? '',
    reason: limit ? 'failed at every delivery allowed' : (death?.reason ?? 'unknown'),
    code: limit ? 'DELIVERY_LIMIT' : '',
    at: (death?.time?.value ?? 0) * 1_000,
    content: shown,
  };
}
