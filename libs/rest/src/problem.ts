// Every failure of a request as RFC 9457 problem+json. Called by the server for routes, raw handlers and upgrades.
import { ERRORS, type Problem } from '@educloud/contracts';
import { CloudError, asCloudError, isCloudError } from '@educloud/errors';
import type { z } from 'zod';

export const PROBLEM_TYPE = 'application/problem+json';

export interface Field { field: string; message: string }

/** What zod found wrong, one entry per field; unknown fields are named one by one. */
export function fieldsOf(error: z.ZodError, root: string): Field[] {
  return error.issues.flatMap((issue): Field[] => {
    const path = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ field: path ? `${path}.${key}` : key, message: 'unknown field' }));
    return [{ field: path || root, message: issue.message }];
  });
}

export function badRequest(fields: Field[]): CloudError {
  const text = fields.slice(0, 5).map((f) => `${f.field}: ${f.message}`).join('; ');
  return new CloudError('BAD_REQUEST', text, { data: { fields: fields.slice(0, 50) } });
}

/** Errors of express itself (bad percent-encoding) carry a 4xx status and harmless text. */
function fromExpress(e: unknown): CloudError | null {
  const status = (e as { status?: unknown } | null)?.status;
  if (isCloudError(e) || (status !== 400 && !(e instanceof URIError))) return null;
  return new CloudError('BAD_REQUEST', 'the address is not validly encoded', { cause: e });
}

export interface ProblemAnswer { status: number; headers: Record<string, string>; body: Problem; error: CloudError }

const DEFAULT_RETRY_SECONDS: Record<number, number> = { 429: 30, 503: 5 };

export function problemOf(thrown: unknown, requestId: string): ProblemAnswer {
  const error = fromExpress(thrown) ?? asCloudError(thrown);
  const entry = ERRORS[error.code];
  const { fields, retryAfterSeconds, allow, ...data } = error.data ?? {};
  const headers: Record<string, string> = { 'Content-Type': PROBLEM_TYPE, 'Cache-Control': 'no-store' };
  const wait = typeof retryAfterSeconds === 'number' ? Math.max(1, Math.ceil(retryAfterSeconds)) : DEFAULT_RETRY_SECONDS[entry.status];
  if (wait !== undefined) headers['Retry-After'] = String(wait);
  if (Array.isArray(allow)) headers['Allow'] = allow.join(', ');
  if (entry.status === 401) headers['WWW-Authenticate'] = 'Bearer';
  return {
    status: entry.status,
    headers,
    error,
    body: {
      type: `urn:educloud:error:${error.code}`,
      title: entry.meaning,
      status: entry.status,
      detail: error.code === 'INTERNAL' ? `${error.message} (request ${requestId})` : error.message,
      code: error.code,
      retryable: error.retryable,
      action: entry.action,
      instance: `urn:educloud:request:${requestId}`,
      ...(Array.isArray(fields) ? { fields: fields as Field[] } : {}),
      ...(Object.keys(data).length > 0 ? { data } : {}),
    },
  };
}
