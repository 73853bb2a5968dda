// The one place that speaks HTTP with the CLC: session cookie, CSRF header, problem+json. Called by the other files of api/.
import type { Problem } from '@educloud/contracts';

const BASE = '/clc/api/1.0';
const CSRF_KEY = 'educloud.csrf';

export type ApiError = Error & { problem: Problem };

export const isApiError = (error: unknown): error is ApiError => error instanceof Error && 'problem' in error;
export const statusOf = (error: unknown): number => (isApiError(error) ? error.problem.status : 0);

let csrf: string | null = null;

/** Kept in memory, and in this tab's storage so that a reload need not wait for /me. */
export function rememberCsrf(token: string | null): void {
  csrf = token;
  try {
    if (token) sessionStorage.setItem(CSRF_KEY, token);
    else sessionStorage.removeItem(CSRF_KEY);
  } catch {
    // Storage may be forbidden; memory is enough until the next /me.
  }
}

function currentCsrf(): string | null {
  if (csrf) return csrf;
  try {
    csrf = sessionStorage.getItem(CSRF_KEY);
  } catch {
    csrf = null;
  }
  return csrf;
}

const failure = (problem: Problem): ApiError => Object.assign(new Error(problem.detail), { problem });

/** What stands in for a problem document when the answer has none (proxy page, network down). */
function madeUp(status: number, detail: string): Problem {
  return { type: 'about:blank', title: 'No answer', status, detail, code: status === 0 ? 'OFFLINE' : 'INTERNAL', retryable: true, action: '' };
}

/**
 * @param path below /clc/api/1.0
 * @throws ApiError, always with a problem
 */
export async function request<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, more: Record<string, string> = {}): Promise<T> {
  const { response, text } = await ask(method, path, body, { Accept: 'application/json, application/problem+json', ...more });
  return response.ok ? (parsed(response, text) as T) : refused(response, text);
}

/** What is plain text. @throws ApiError */
export async function requestText(path: string): Promise<string> {
  const { response, text } = await ask('GET', path, undefined, { Accept: 'text/plain, application/problem+json' });
  return response.ok ? text : refused(response, text);
}

async function ask(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<{ response: Response; text: string }> {
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const token = currentCsrf();
  if (method !== 'GET' && token) headers['X-CSRF-Token'] = token;
  let response: Response;
  try {
    response = await fetch(BASE + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: 'same-origin' });
  } catch (cause) {
    throw failure(madeUp(0, String(cause instanceof Error ? cause.message : cause)));
  }
  const fresh = response.headers.get('X-CSRF-Token');
  if (fresh) rememberCsrf(fresh);
  return { response, text: await response.text() };
}

function parsed(response: Response, text: string): unknown {
  try {
    return text === '' ? null : (JSON.parse(text) as unknown);
  } catch {
    throw failure(madeUp(response.status, response.statusText));
  }
}

function refused(response: Response, text: string): never {
  const said = parsed(response, text);
  const isProblem = typeof said === 'object' && said !== null && 'code' in said;
  throw failure(isProblem ? (said as Problem) : madeUp(response.status, response.statusText));
}
