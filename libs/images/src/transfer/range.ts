// The Range header (RFC 9110 §14): one range of bytes. What is malformed or has several ranges is ignored, as the RFC allows.

export type RangeAnswer = { kind: 'whole' } | { kind: 'part'; start: number; end: number } | { kind: 'unsatisfiable' };

/** `end` is exclusive. */
export function parseRange(header: string | undefined, sizeBytes: number): RangeAnswer {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return { kind: 'whole' };
  if (match[1] === '') {
    const last = Number(match[2]);
    return last === 0 || sizeBytes === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', start: Math.max(0, sizeBytes - last), end: sizeBytes };
  }
  const start = Number(match[1]);
  const last = match[2] === '' ? sizeBytes - 1 : Number(match[2]);
  if (last < start && match[2] !== '') return { kind: 'whole' };
  if (start >= sizeBytes) return { kind: 'unsatisfiable' };
  return { kind: 'part', start, end: Math.min(last + 1, sizeBytes) };
}

/** Strong: the same bytes have the same one at every daemon. */
export const etagOf = (sha256: string): string => `"sha256-${sha256}"`;
