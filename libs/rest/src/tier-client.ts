// One daemon asking another over HTTP: JSON out, checked JSON in, every failure a CloudError. Used by `neighbours/` and the CLI.
import { ERRORS, Problem, say, type ErrorCode } from '@educloud/contracts';
import { CloudError, fromWire } from '@educloud/errors';
import type { z } from 'zod';

export interface TierCall<S extends z.ZodType> {
  /** e.g. `http://10.0.0.1:8443` */
  baseUrl: string;
  path: string;
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  headers?: Record<string, string>;
  /** Shape of the answer; what it does not have is refused. */
  schema: S;
  /** Default 10 s, for the whole answer. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** What no answer, or an answer that is not ours, is called. Default NODE_UNREACHABLE. */
  unreachable?: ErrorCode;
}

function refusal(status: number, text: string, where: string, unreachable: ErrorCode): CloudError {
  let json: unknown;
  try { json = JSON.parse(text); } catch { json = null; }
  const problem = Problem.safeParse(json);
  if (problem.success) {
    const { code, detail, retryable, why, todo, data, fields } = problem.data;
    const all = { ...data, ...(fields ? { fields } : {}) };
    return fromWire({ code, message: detail, retryable, ...(why ? { why } : {}), ...(todo ? { todo } : {}), ...(Object.keys(all).length > 0 ? { data: all } : {}) });
  }
  return new CloudError(status >= 500 ? unreachable : 'INTERNAL', say('peerGaveNoReason', { where, status }), { internal: text.slice(0, 500) });
}

function failure(e: unknown, where: string, call: { signal?: AbortSignal | undefined; timeoutMs: number; unreachable: ErrorCode }): CloudError {
  if (call.signal?.aborted) return new CloudError('CANCELLED', `the call to ${where} was given up`, { cause: e });
  const timedOut = e instanceof Error && e.name === 'TimeoutError';
  const cause = e instanceof Error && e.cause instanceof Error ? ((e.cause as NodeJS.ErrnoException).code ?? e.cause.message) : '';
  const why = timedOut ? say('noAnswerWithin', { ms: call.timeoutMs }) : cause || say('noConnection');
  return new CloudError(call.unreachable, say('peerUnreachable', { where, why }), { cause: e, retryable: ERRORS[call.unreachable].retryable });
}

/** @throws CloudError with the code the other side gave, or `unreachable`; CANCELLED when `signal` fired; INTERNAL for an answer of another shape. */
export async function callTier<S extends z.ZodType>(call: TierCall<S>): Promise<z.output<S>> {
  const { baseUrl, path, method = 'GET', body, headers = {}, schema, timeoutMs = 10_000, signal, unreachable = 'NODE_UNREACHABLE' } = call;
  const url = new URL(path, baseUrl);
  const where = `${url.origin}${url.pathname}`;
  const timeout = AbortSignal.timeout(timeoutMs);
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, {
      method,
      headers: { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error', // a redirect would carry our identity elsewhere
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    status = response.status;
    text = await response.text();
  } catch (e) {
    throw failure(e, where, { signal, timeoutMs, unreachable });
  }
  if (status < 200 || status > 299) throw refusal(status, text, where, unreachable);
  let json: unknown;
  try { json = text === '' ? undefined : JSON.parse(text); } catch (e) {
    throw new CloudError(unreachable, `${where} answered something that is not JSON`, { cause: e });
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new CloudError('INTERNAL', `the answer of ${where} does not have the agreed form`, { internal: parsed.error.issues });
  return parsed.data;
}
