// The way of one request through a declared route: identity → params, query, body → idempotency → handler → answer.
import { say } from '@educloud/contracts';
import { wrongField } from '@educloud/errors';
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request } from 'express';
import { z } from 'zod';
import { hasBody, readJson } from './body.ts';
import type { Answer, Call, Caller, RawHandler, RestOptions, RouteSpec } from './interface.ts';
import { badRequest, fieldsOf } from './problem.ts';

export type AnyHandler = (call: Call<unknown, unknown, unknown>) => Promise<Answer>;
export type Dispatch = (request: Request, response: ServerResponse, requestId: string) => Promise<void>;

/** Express gives the segments of `/*rest` as a list. */
export const plainParams = (params: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(params).filter(([, v]) => v !== undefined).map(([k, v]) => [k, Array.isArray(v) ? v.join('/') : (v as string)]));

/** A misspelt filter must not look like an answer to it. */
const NO_QUERY = z.strictObject({});

async function parse(schema: z.ZodType | undefined, value: unknown, root: string): Promise<unknown> {
  if (!schema) return value;
  const result = await schema.safeParseAsync(value);
  if (!result.success) throw badRequest(fieldsOf(result.error, value, root));
  return result.data;
}

function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => { if (!response.writableFinished) gone.abort(); });
  return gone.signal;
}

function send(response: ServerResponse, answer: Answer & { status: number }): void {
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-store');
  if (answer.body === undefined) return void response.end();
  const isText = typeof answer.body === 'string' && response.hasHeader('Content-Type');
  if (!isText) response.setHeader('Content-Type', 'application/json; charset=utf-8');
  const bytes = Buffer.from(isText ? (answer.body as string) : JSON.stringify(answer.body));
  response.setHeader('Content-Length', bytes.length);
  response.end(bytes);
}

const KEY = /^[\x21-\x7e]{1,200}$/;

function idempotencyKey(options: RestOptions, spec: RouteSpec, request: IncomingMessage, caller: Caller): string | null {
  const key = request.headers['idempotency-key'];
  if (!options.idempotency || spec.secretAnswer || spec.method !== 'POST' || caller.kind !== 'user' || key === undefined) return null;
  if (typeof key !== 'string' || !KEY.test(key)) throw badRequest([wrongField('Idempotency-Key', say('keyForm'))]);
  return key;
}

export function routeDispatch(spec: RouteSpec, handle: AnyHandler, options: RestOptions): Dispatch {
  const limit = spec.maxBodyBytes ?? options.maxBodyBytes ?? 1024 * 1024;
  const success = spec.status ?? 200;
  return async (request, response, requestId) => {
    const caller = await options.authorise(spec.need, request);
    const signal = goneSignal(response);
    const params = await parse(spec.params, plainParams(request.params), 'path');
    const query = await parse(spec.query ?? NO_QUERY, { ...request.query }, 'query');
    let body: unknown;
    let bytes: Buffer = Buffer.alloc(0);
    if (spec.body) {
      const read = await readJson(request, limit);
      bytes = read.bytes;
      body = await parse(spec.body, read.value, 'body');
    } else if (hasBody(request) && spec.method !== 'POST' && spec.method !== 'PUT' && spec.method !== 'PATCH') {
      throw badRequest([wrongField('body', say('noBody', { method: spec.method }))]);
    }
    const work = async (): Promise<Answer & { status: number }> => {
      const answer = await handle({ params, query, body, caller, requestId, headers: request.headers, address: request.socket.remoteAddress ?? '', signal });
      return { ...answer, status: answer.status ?? success };
    };
    const key = idempotencyKey(options, spec, request, caller);
    if (key === null) return send(response, await work());
    const hash = createHash('sha256').update(`${request.method} ${request.originalUrl}\n`).update(bytes).digest('hex');
    const answer = await (options.idempotency as NonNullable<RestOptions['idempotency']>).run(key, caller, hash, work);
    send(response, { ...answer, status: answer.status ?? success });
  };
}

export function rawDispatch(spec: RouteSpec, handle: RawHandler, options: RestOptions, closing: AbortSignal): Dispatch {
  return async (request, response, requestId) => {
    const caller = await options.authorise(spec.need, request);
    await handle(request, response, { params: plainParams(request.params), caller, requestId, closing });
  };
}
