// What every answer carries and every request leaves in the log, whatever its route.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@educloud/log';
import helmet from 'helmet';

type Middleware = (request: IncomingMessage, response: ServerResponse, next: (e?: unknown) => void) => void;

export const securityHeaders = (): Middleware =>
  helmet({
    contentSecurityPolicy: {
      useDefaults: false, // the defaults upgrade to https, which a cloud on a bare address does not have
      directives: {
        defaultSrc: ["'self'"], connectSrc: ["'self'"], imgSrc: ["'self'", 'data:', 'blob:'], styleSrc: ["'self'", "'unsafe-inline'"],
        frameAncestors: ["'none'"], baseUri: ["'self'"], objectSrc: ["'none'"], formAction: ["'self'"],
      },
    },
    strictTransportSecurity: false, // belongs to whoever ends TLS
    originAgentCluster: false,
    crossOriginOpenerPolicy: false, // browsers ignore it on plain http and complain
    xFrameOptions: { action: 'deny' },
  });

const CHATTY = new Set(['/livez', '/readyz', '/metrics']);
/** Tickets travel in the query of a console's address: only the path is logged. */
const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?')[0] ?? '';

/** One line per request, and nothing of its headers: method, path, status, time and the request's id. Reads that went well only at debug. */
export const requestLog = (log: Logger): Middleware => (request, response, next) => {
  const startedAt = performance.now();
  const { method } = request;
  const path = pathOf(request); // express shortens `url` on the way
  if (!CHATTY.has(path)) {
    response.once('close', () => {
      const status = response.statusCode;
      const level = status >= 500 ? 'warn' : status >= 400 || method !== 'GET' ? 'info' : 'debug';
      const ids = { requestId: response.getHeader('X-Request-Id'), ms: Math.round(performance.now() - startedAt) };
      log[level](response.writableFinished ? ids : { ...ids, brokenOff: true }, `${method} ${path} ${status}`);
    });
  }
  next();
};
