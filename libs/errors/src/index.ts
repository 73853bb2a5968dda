// One error for the whole cloud. Thrown where it is known, wrapped with what was being done, caught only at the edges.
import { ERRORS, inWords, say, type ErrorCode, type ErrorEntry, type Part, type Said, type WireError } from '@educloud/contracts';

export interface ErrorDetails {
  /** For our own logs; never crosses a process. */
  internal?: unknown;
  /** For programs: field, where, missingBytes, kept, reasons, … */
  data?: Record<string, unknown>;
  /** Only where it differs from the table. */
  retryable?: boolean;
  /** What to do, where it is known better than the table does. */
  todo?: Said;
  cause?: unknown;
}

/** The only error of the cloud; never subclassed. `code` names its row in the table of errors: HTTP status, whether it may be tried again, what to do. */
export class CloudError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly internal: unknown;
  readonly data: Record<string, unknown> | undefined;
  /** The message as code and parameters; its text is the English. */
  readonly why: Said | undefined;
  readonly todo: Said | undefined;

  /** @param message what people read is a saying (`say(…)`); plain English is for what only logs show */
  constructor(code: ErrorCode, message: string | Said, details: ErrorDetails = {}) {
    super(typeof message === 'string' ? message : inWords(message, 'en'), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'CloudError';
    this.code = code;
    this.retryable = details.retryable ?? ERRORS[code].retryable;
    this.internal = details.internal;
    this.data = details.data;
    this.why = typeof message === 'string' ? undefined : message;
    this.todo = details.todo;
  }

  get entry(): ErrorEntry {
    return ERRORS[this.code];
  }
}

export const isCloudError = (e: unknown): e is CloudError => e instanceof CloudError;
/** Is it one of ours, and that one. */
export const hasCode = (e: unknown, code: ErrorCode): boolean => isCloudError(e) && e.code === code;

/** What was being done, and what came of it, as one saying. */
const doingWhat = (doing: string | Said | undefined, what: Said | string): Said => (doing === undefined ? (typeof what === 'string' ? say('text', { text: what }) : what) : say('while', { doing, why: what }));

/** The message as a saying; that of an error without one is shown as it is. */
export const whyOf = (e: { message: string; why?: Said | undefined }): Part => e.why ?? e.message;

/** Any thrown thing as a CloudError; what is not ours becomes INTERNAL and keeps its text out of sight. */
export function asCloudError(e: unknown, doing?: string | Said): CloudError {
  if (isCloudError(e)) return e;
  const text = e instanceof Error ? e.message : String(e);
  const errno = (e as { code?: unknown } | null)?.code;
  if (errno === 'ENOSPC' || errno === 'EDQUOT') return new CloudError('DISK_FULL', doingWhat(doing ?? 'writing', say('noSpaceLeft')), { cause: e });
  return new CloudError('INTERNAL', doingWhat(doing, say('unexpected')), { cause: e, internal: text });
}

/** The same error, saying also what we were doing. Code, data and retryable stay. */
export function wrap(e: unknown, doing: string | Said): CloudError {
  const inner = asCloudError(e, doing);
  if (inner !== e) return inner;
  return new CloudError(inner.code, say('while', { doing, why: whyOf(inner) }), { cause: inner, retryable: inner.retryable, ...(inner.data ? { data: inner.data } : {}), ...(inner.todo ? { todo: inner.todo } : {}) });
}

/** The only form in which an error leaves a process: no stack, no `internal`. */
export function toWire(e: unknown): WireError {
  const c = asCloudError(e);
  return { code: c.code, message: c.message.slice(0, 4000), retryable: c.retryable, ...(c.why ? { why: c.why } : {}), ...(c.todo ? { todo: c.todo } : {}), ...(c.data ? { data: c.data } : {}) };
}

/** An error from another process. Codes this version does not know become INTERNAL and keep their text. */
export function fromWire(w: WireError): CloudError {
  const known = Object.hasOwn(ERRORS, w.code);
  const code = known ? (w.code as ErrorCode) : 'INTERNAL';
  // The English that was sent counts: another version may have other words under the code.
  const said = known && w.why && inWords(w.why, 'en') === w.message ? w.why : known ? w.message : `${w.code}: ${w.message}`;
  return new CloudError(code, said, { retryable: w.retryable, ...(w.todo ? { todo: w.todo } : {}), ...(w.data ? { data: w.data } : {}) });
}

/** One entry of `data.fields`: which field of a request is wrong, and why. */
export const wrongField = (field: string, why: Said): { field: string; message: string; why: Said } => ({ field, message: inWords(why, 'en'), why });
