// WebSocket requests: the same declarations and the same authorisation as everything else, before any handshake.
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import { match, type MatchFunction } from 'path-to-regexp';
import { plainParams } from './dispatch.ts';
import type { RestOptions, RouteSpec, UpgradeHandler } from './interface.ts';
import { problemOf } from './problem.ts';

export interface UpgradeRoute { spec: RouteSpec; handler: UpgradeHandler }

function refuse(socket: Duplex, thrown: unknown, requestId: string, log: Logger): void {
  const { status, headers, body, error } = problemOf(thrown, requestId);
  if (status >= 500) log.error({ err: error.cause ?? error, internal: error.internal }, 'upgrade failed');
  const text = JSON.stringify(body);
  const lines = Object.entries({ ...headers, 'Content-Length': String(Buffer.byteLength(text)), Connection: 'close', 'X-Request-Id': requestId }).map(([k, v]) => `${k}: ${v}`);
  if (socket.writable) socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${text}`);
}

export function attachUpgrades(server: Server, routes: UpgradeRoute[], options: RestOptions, requestIdOf: (request: IncomingMessage) => string, closing: AbortSignal): void {
  const table = routes.map((r) => ({ ...r, matches: match(r.spec.path) as MatchFunction<Record<string, string | string[]>> }));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const requestId = requestIdOf(request);
    socket.on('error', () => socket.destroy()); // a reset before the handshake must not end the process
    const answer = async (): Promise<void> => {
      const path = (request.url ?? '/').split('?')[0] ?? '/';
      for (const { spec, handler, matches } of table) {
        const hit = matches(path);
        if (!hit) continue;
        const caller = await options.authorise(spec.need, request);
        return handler(request, socket, head, { params: plainParams(hit.params), caller, requestId, closing });
      }
      throw new CloudError('NOT_FOUND', `there is no WebSocket at ${path.slice(0, 200)}`);
    };
    answer().catch((e: unknown) => refuse(socket, e, requestId, options.log));
  });
}
