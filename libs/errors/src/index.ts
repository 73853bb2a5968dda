// One error for the whole cloud. Thrown where it is known, wrapped with what was being done, caught only at the edges.
import { ERRORS, type ErrorCode, type ErrorEntry, type WireError } from '@educloud/contracts';

export interface ErrorDetails {
  /** For our own logs; never crosses a process. */
  internal?: unknown;
  /** For programs: field, where, missingBytes, kept, reasons, … */
  data?: Record<string, unknown>;
  /** Only where it differs from the table. */
  retryable?: boolean;
  cause?: unknown;
}

export class CloudError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly internal: unknown;
  readonly data: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'CloudError';
    this.code = code;
    this.retryable = details.retryable ?? ERRORS[code].retryable;
    this.internal = details.internal;
    this.data = details.data;
  }

  get entry(): ErrorEntry {
    return ERRORS[this.code];
  }
}

export const isCloudError = (e: unknown): e is CloudError => e instanceof CloudError;
export const hasCode = (e: unknown, code: ErrorCode): boolean => isCloudError(e) && e.code === code;

/** Any thrown thing as a CloudError; what is not ours becomes INTERNAL and keeps its text out of sight. */
export function asCloudError(e: unknown, doing?: string): CloudError {
  if (isCloudError(e)) return e;
  const text = e instanceof Error ? e.message : String(e);
  const errno = (e as { code?: unknown } | null)?.code;
  if (errno === 'ENOSPC' || errno === 'EDQUOT') return new CloudError('DISK_FULL', `${doing ?? 'writing'}: no space left`, { cause: e });
  return new CloudError('INTERNAL', doing ? `${doing}: unexpected failure` : 'unexpected failure', { cause: e, internal: text });
}

/** The same error, saying also what we were doing. Code, data and retryable stay. */
export function wrap(e: unknown, doing: string): CloudError {
  const inner = asCloudError(e, doing);
  if (inner !== e) return inner;
  return new CloudError(inner.code, `${doing}: ${inner.message}`, { cause: inner, retryable: inner.retryable, ...(inner.data ? { data: inner.data } : {}) });
}

/** The only form in which an error leaves a process: no stack, no `internal`. */
export function toWire(e: unknown): WireError {
  const c = asCloudError(e);
  return { code: c.code, message: c.message.slice(0, 4000), retryable: c.retryable, ...(c.data ? { data: c.data } : {}) };
}

/** An error from another process. Codes this version does not know become INTERNAL and keep their text. */
export function fromWire(w: WireError): CloudError {
  const known = Object.hasOwn(ERRORS, w.code);
  const code = known ? (w.code as ErrorCode) : 'INTERNAL';
  return new CloudError(code, known ? w.message : `${w.code}: ${w.message}`, { retryable: w.retryable, ...(w.data ? { data: w.data } : {}) });
}
