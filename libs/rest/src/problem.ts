// Every failure of a request as RFC 9457 problem+json. Called by the server for routes, raw handlers and upgrades.
import { ERRORS, type Problem, say, saidOf, inWords, type Said } from '@educloud/contracts';
import { CloudError, asCloudError, isCloudError, wrongField } from '@educloud/errors';
import type { z } from 'zod';

export const PROBLEM_TYPE = 'application/problem+json';

export interface Field { field: string; message: string; why?: Said | undefined }

const within = (value: unknown, path: PropertyKey[]): unknown => path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | null | undefined)?.[key], value);

/** What zod found, as a saying; null where it has no words for it. */
function saidOfIssue(issue: z.core.$ZodIssue, input: unknown): Said | null {
  const ours = saidOf(issue.message);
  if (ours) return ours;
  const isOfWrongKind = issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union';
  if (isOfWrongKind && within(input, issue.path) === undefined) return say('missingField');
  switch (issue.code) {
    case 'invalid_type': return issue.expected === 'int' ? say('wholeNumber') : say('wrongType', { type: issue.expected });
    case 'too_small': return say(issue.origin === 'string' ? 'atLeastChars' : 'atLeast', { minimum: Number(issue.minimum) });
    case 'too_big': return say(issue.origin === 'string' ? 'atMostChars' : 'atMost', { maximum: Number(issue.maximum) });
    case 'invalid_value': return say('oneOf', { values: issue.values.map(String) });
    case 'invalid_format':
    case 'invalid_union': return say('wrongForm');
    default: return null;
  }
}

/** What zod found wrong with `input`, one entry per field; unknown fields are named one by one. `root` names the input as a whole. */
export function fieldsOf(error: z.ZodError, input: unknown, root: string): Field[] {
  return error.issues.flatMap((issue): Field[] => {
    const path = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => wrongField(path ? `${path}.${key}` : key, say('unknownField')));
    const why = saidOfIssue(issue, input);
    return [why ? wrongField(path || root, why) : { field: path || root, message: issue.message }];
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
  return new CloudError('BAD_REQUEST', say('notEncoded'), { cause: e });
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
  const why = error.why && error.code === 'INTERNAL' ? say('requestNumber', { why: error.why, request: requestId }) : error.why;
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
      action: error.todo ? inWords(error.todo, 'en') : entry.action,
      instance: `urn:educloud:request:${requestId}`,
      ...(why ? { why } : {}),
      ...(error.todo ? { todo: error.todo } : {}),
      ...(Array.isArray(fields) ? { fields: fields as Field[] } : {}),
      ...(Object.keys(data).length > 0 ? { data } : {}),
    },
  };
}
