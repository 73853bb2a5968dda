// The one authorisation point of the CLC: every route and WebSocket passes here with the need it declared. Default is no.
import type { IncomingMessage } from 'node:http';
import { say, type Need, type TicketClaims } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Caller } from '@educloud/rest';
import { isSecretOf } from './accounts/secrets.ts';
import { SESSION_COOKIE, type Session, type Sessions } from './accounts/sessions.ts';
import type { DaemonStore } from './store/interface.ts';

export interface AuthoriseDeps {
  sessions: Sessions;
  daemons: Pick<DaemonStore, 'daemon'>;
  verifyTicket(token: string): TicketClaims;
  /** Where browsers see the CLC when a proxy changes the Host; null = the Host itself. */
  publicOrigin: string | null;
}

const SAFE = new Set(['GET', 'HEAD']);

function credentials(request: IncomingMessage, scheme: string): string | null {
  const found = /^(\w+) +(\S+) *$/.exec(request.headers.authorization ?? '');
  return found?.[1]?.toLowerCase() === scheme ? (found[2] ?? null) : null;
}

function cookie(request: IncomingMessage, name: string): string | null {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}

function isOurOrigin(request: IncomingMessage, publicOrigin: string | null): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true; // no page of a browser
  if (origin === publicOrigin) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

export function createAuthorise(deps: AuthoriseDeps): (need: Need, request: IncomingMessage) => Promise<Caller> {
  /** A browser sends the cookie by itself, also for a page of another site: what changes something, and WebSockets, must prove where they come from. */
  function checkSite(request: IncomingMessage, session: Session): void {
    const safe = SAFE.has(request.method ?? '');
    const upgrade = request.headers.upgrade !== undefined;
    if ((!safe || upgrade) && !isOurOrigin(request, deps.publicOrigin)) throw new CloudError('CSRF', say('originNotOurs'));
    if (safe) return;
    const given = request.headers['x-csrf-token'];
    if (typeof given !== 'string' || !deps.sessions.isCsrfOf(session.id, given)) throw new CloudError('CSRF', say('csrfMissing'));
  }

  async function user(request: IncomingMessage): Promise<Session> {
    if (request.headers.authorization !== undefined) {
      const token = credentials(request, 'bearer');
      const session = token === null ? null : await deps.sessions.find(token);
      if (!session) throw new CloudError('UNAUTHENTICATED', say('tokenUnknown'));
      return session;
    }
    const token = cookie(request, SESSION_COOKIE);
    const session = token === null ? null : await deps.sessions.find(token);
    if (!session) throw new CloudError('UNAUTHENTICATED', say(token === null ? 'nobodyLoggedIn' : 'sessionUnknown'));
    checkSite(request, session);
    return session;
  }

  async function node(request: IncomingMessage): Promise<Caller> {
    const given = credentials(request, 'node');
    if (given === null) throw new CloudError('UNAUTHENTICATED', say('onlyDaemons'));
    const at = given.indexOf(':');
    const id = given.slice(0, Math.max(at, 0));
    const row = await deps.daemons.daemon(id);
    if (!isSecretOf(given.slice(at + 1), row?.secretHash ?? null)) throw new CloudError('NODE_IDENTITY_INVALID', say('daemonUnknown'));
    return { kind: 'node', nodeId: id };
  }

  function ticket(request: IncomingMessage): Caller {
    const token = credentials(request, 'bearer') ?? new URL(request.url ?? '/', 'http://x').searchParams.get('ticket');
    if (!token) throw new CloudError('TICKET_INVALID', say('noTicket'));
    return { kind: 'ticket', claims: deps.verifyTicket(token) };
  }

  return async (need, request) => {
    switch (need) {
      case 'nobody':
      case 'join': // the token or secret is in the body; the registration itself checks it
        return { kind: 'nobody' };
      case 'user':
      case 'admin': {
        const session = await user(request);
        if (need === 'admin' && session.role !== 'admin') throw new CloudError('FORBIDDEN', say('onlyAdmin'));
        return { kind: 'user', user: session.user, role: session.role, session: session.id };
      }
      case 'node':
        return node(request);
      case 'ticket':
        return ticket(request);
      case 'local':
        throw new CloudError('FORBIDDEN', 'this daemon has no local door');
      default:
        throw new CloudError('FORBIDDEN', `unknown need ${String(need satisfies never)}`);
    }
  };
}
