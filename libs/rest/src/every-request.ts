// What every answer carries and every request leaves in the log, whatever its route.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@educloud/log';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';

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
const pathOf = (request: { url?: string | undefined }): string => (request.url ?? '').split('?')[0] ?? '';

export const requestLog = (log: Logger): Middleware =>
  pinoHttp({
    logger: log,
    genReqId: () => '',
    quietReqLogger: true,
    autoLogging: { ignore: (request) => CHATTY.has(pathOf(request)) },
    customLogLevel: (request, response) => (response.statusCode >= 500 ? 'warn' : response.statusCode >= 400 || request.method !== 'GET' ? 'info' : 'debug'),
    customSuccessMessage: (request, response) => `${request.method} ${pathOf({ url: (request as { originalUrl?: string }).originalUrl ?? request.url })} ${response.statusCode}`,
    customErrorMessage: (request, response) => `${request.method} ${pathOf(request)} ${response.statusCode}`,
    customSuccessObject: (_request, response, values: { responseTime?: number }) => ({ requestId: response.getHeader('X-Request-Id'), ms: values.responseTime }),
    customErrorObject: (_request, response, _e, values: { responseTime?: number }) => ({ requestId: response.getHeader('X-Request-Id'), ms: values.responseTime }),
  });
