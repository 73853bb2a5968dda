// The HTTP server of a daemon: only what is declared exists, every request passes one authorisation, every failure is a problem+json.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readiness, say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { withLogContext } from '@educloud/log';
import express, { type Request, type Response } from 'express';
import { createDeclarations } from './declarations.ts';
import { rawDispatch, routeDispatch, type AnyHandler, type Dispatch } from './dispatch.ts';
import type { Rest, RestOptions, RouteSpec, UpgradeHandler } from './interface.ts';
import { createMetrics } from './metrics.ts';
import { pagesRouter } from './pages.ts';
import { problemOf } from './problem.ts';
import { requestLog, securityHeaders } from './every-request.ts';
import { createCloser, listenAt } from './sockets.ts';
import { attachUpgrades } from './upgrade.ts';

const REQUEST_ID = /^[\w.:-]{1,64}$/;
const DRAIN_LIMIT = 64 * 1024 * 1024;

function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

type Handler = { http: Dispatch } | { upgrade: UpgradeHandler };
interface Locals { requestId: string; allow?: Set<string> }

/** With /livez, /readyz and /metrics already there. Declaring a route twice, or after `listen`, throws. */
export function createRest(options: RestOptions): Rest {
  const { log, role, version } = options;
  const declared = createDeclarations<Handler>();
  const folders: Array<{ path: string; folder: string }> = [];
  const metrics = createMetrics(role, version);
  const closing = new AbortController();
  const app = express().disable('x-powered-by').disable('etag');
  app.set('query parser', 'simple').set('case sensitive routing', true);
  const server = createServer(app);
  server.requestTimeout = 0; // an upload of an image takes longer than any fixed time; JSON bodies have their own
  server.headersTimeout = 30_000;
  const closeServer = createCloser(server, options.closeDeadlineMs ?? 5_000);
  let listening = false;
  let closed: Promise<void> | null = null;

  const declare = (kind: 'http' | 'upgrade', spec: RouteSpec, handler: Handler): void => {
    if (listening) throw new Error(`route ${spec.path} is declared after the server started`);
    declared.add(kind, spec, handler);
  };

  function fail(thrown: unknown, request: IncomingMessage, response: ServerResponse, requestId: string): void {
    const { status, headers, body, error } = problemOf(thrown, requestId);
    // A refusal that was foreseen (503: not ready yet) needs no stack; what has a cause or was not foreseen does.
    const err = error.cause ?? (status === 500 ? error : undefined);
    if (status >= 500) log[status === 503 ? 'warn' : 'error']({ requestId, code: error.code, err, internal: error.internal }, `${request.method} failed: ${error.message}`);
    if (response.headersSent) return void response.destroy(); // half an answer must not look whole
    for (const name of ['Content-Length', 'Content-Encoding', 'ETag', 'Last-Modified', 'Accept-Ranges']) response.removeHeader(name);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    // What is left of a small body is read and dropped so that the client sees the answer; a huge one is cut.
    if (!request.complete && Number(request.headers['content-length'] ?? Infinity) > DRAIN_LIMIT) response.setHeader('Connection', 'close');
    response.statusCode = status;
    response.end(JSON.stringify(body));
  }

  function openRoutes(): void {
    const spec = (path: string, summary: string): RouteSpec => ({ method: 'GET', path, need: 'nobody', summary });
    const add = (s: RouteSpec, handle: AnyHandler): void => declare('http', s, { http: routeDispatch(s, handle, { ...options, authorise: async () => ({ kind: 'nobody' }) }) });
    add(spec('/livez', 'The process is alive.'), async () => ({ body: { status: 'ok' } }));
    add({ ...spec('/readyz', 'Whether it can do its work, and why not.'), reply: Readiness }, async () => {
      const readiness = await options.readiness();
      return { status: readiness.ready ? 200 : 503, body: readiness };
    });
    add(spec('/metrics', 'Figures for Prometheus.'), async () => ({ headers: { 'Content-Type': metrics.registry.contentType }, body: await metrics.registry.metrics() }));
  }

  function mountAll(): void {
    app.use(securityHeaders(), requestLog(log));
    app.use((request: Request, response: Response, next) => {
      const locals = response.locals as Locals;
      locals.requestId = requestIdOf(request);
      response.setHeader('X-Request-Id', locals.requestId);
      if (closing.signal.aborted) response.setHeader('Connection', 'close');
      withLogContext({ requestId: locals.requestId }, next);
    });
    for (const { path, methods } of declared.byPath('http')) {
      app.all(path, async (request: Request, response: Response, next) => {
        const locals = response.locals as Locals;
        const found = methods.get(request.method) ?? (request.method === 'HEAD' ? methods.get('GET') : undefined);
        if (!found || !('http' in found.handler)) {
          locals.allow = new Set([...(locals.allow ?? []), ...methods.keys()]);
          return next();
        }
        const startedAt = performance.now();
        response.once('close', () => metrics.observe(path, request.method, response.statusCode, (performance.now() - startedAt) / 1000));
        await found.handler.http(request, response, locals.requestId);
      });
    }
    for (const { path, folder } of folders) app.use(path, pagesRouter(folder));
    app.use((request: Request, response: Response) => {
      const { allow } = response.locals as Locals;
      if (allow) throw new CloudError('METHOD_NOT_ALLOWED', say('methodNotHere', { method: request.method, allow: [...allow].join(', ') }), { data: { allow: [...allow] } });
      throw new CloudError('NOT_FOUND', say('noAddress'));
    });
    app.use((thrown: unknown, request: Request, response: Response, _next: unknown) => fail(thrown, request, response, (response.locals as Locals).requestId));
    const upgrades = declared.byPath('upgrade').flatMap(({ methods }) => [...methods.values()].flatMap(({ spec, handler }) => ('upgrade' in handler ? [{ spec, handler: handler.upgrade }] : [])));
    attachUpgrades(server, upgrades, options, requestIdOf, closing.signal);
  }

  openRoutes();
  return {
    metrics: metrics.registry,
    route: (spec, handle) => declare('http', spec, { http: routeDispatch(spec, handle as AnyHandler, options) }),
    raw(spec, handle) {
      for (const method of spec.methods) {
        const one = { ...spec, method: method as RouteSpec['method'] };
        declare('http', one, { http: rawDispatch(one, handle, options, closing.signal) });
      }
    },
    upgrade: (spec, handle) => declare('upgrade', { ...spec, method: 'GET' }, { upgrade: handle }),
    pages: (path, folder) => void folders.push({ path, folder }),
    routes: () => declared.all(),
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        if (!listening) mountAll();
        listening = true;
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          const { port: taken } = server.address() as AddressInfo;
          const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
          resolve({ port: taken, url: `http://${shown.includes(':') ? `[${shown}]` : shown}:${taken}` });
        });
      }),
    listenAt(path, mode) {
      if (!listening) mountAll();
      listening = true;
      return listenAt(server, path, mode);
    },
    close() {
      closing.abort();
      closed ??= server.listening ? closeServer() : Promise.resolve();
      return closed;
    },
  };
}
