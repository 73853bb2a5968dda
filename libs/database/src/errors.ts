// What the two drivers throw, as CloudErrors. Adapters call it on everything that comes out of TypeORM.
import { say } from '@educloud/contracts';
import { CloudError, hasCode, isCloudError } from '@educloud/errors';

interface DriverFailure { code?: unknown; errno?: unknown; message?: unknown; sqlMessage?: unknown; driverError?: unknown }
interface Internal { sort: 'duplicate' | 'contention' | 'connection' | 'other'; code: string; text: string }

const CONNECTION_CODES = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT',
  'PROTOCOL_CONNECTION_LOST', 'PROTOCOL_SEQUENCE_TIMEOUT', 'POOL_CLOSED', 'SQLITE_CANTOPEN', 'SQLITE_BUSY',
]);
// too many connections · shutdown · handshake broken off · host blocked · packet errors · too many of this user · read-only · connection killed · Galera not ready
const CONNECTION_NUMBERS = new Set([1040, 1053, 1043, 1129, 1158, 1159, 1160, 1161, 1203, 1290, 1836, 1927, 1047, 4031]);
// deadlock · lock wait timeout · record changed since it was read (innodb_snapshot_isolation)
const CONTENTION_NUMBERS = new Set([1213, 1205, 1020]);
const FULL_NUMBERS = new Set([1021, 1114]);
const CLOSED = /closed state|Pool is closed|Connection is not (set|established)|already released/i;

function sortOf(code: string, errno: number, text: string): Internal['sort'] {
  if (errno === 1062 || code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY') return 'duplicate';
  if (CONTENTION_NUMBERS.has(errno) || code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'contention';
  if (CONNECTION_CODES.has(code) || CONNECTION_NUMBERS.has(errno) || CLOSED.test(text) || code.startsWith('SQLITE_IOERR')) return 'connection';
  return 'other';
}

/** The statement's parameters are never in the message: they may be secrets. */
export function databaseError(e: unknown): CloudError {
  if (isCloudError(e)) return e;
  const outer = (e ?? {}) as DriverFailure;
  const inner = (outer.driverError ?? outer) as DriverFailure;
  const code = String(inner.code ?? '');
  const errno = Number(inner.errno ?? 0);
  const text = String(inner.sqlMessage ?? inner.message ?? e);
  const internal: Internal = { sort: sortOf(code, errno, text), code: code || String(errno), text };
  switch (internal.sort) {
    case 'duplicate': return new CloudError('CONFLICT', 'something with this key exists already', { internal });
    case 'contention': return new CloudError('DATABASE_UNAVAILABLE', say('databaseBusy'), { internal });
    case 'connection': return new CloudError('DATABASE_UNAVAILABLE', say('databaseSilent', { why: internal.code || 'connection lost' }), { internal });
  }
  if (FULL_NUMBERS.has(errno) || code === 'SQLITE_FULL') return new CloudError('DISK_FULL', say('databaseDiskFull'), { internal });
  // 1044, 1045, 1049: the server answers, but not to us.
  if (errno === 1044 || errno === 1045 || errno === 1049) return new CloudError('DATABASE_UNAVAILABLE', say('databaseRefuses'), { internal, retryable: false });
  return new CloudError('INTERNAL', say('databaseFailed'), { internal, cause: e });
}

const sortIn = (e: unknown): string | undefined => (isCloudError(e) ? (e.internal as Partial<Internal> | undefined)?.sort : undefined);

/** A unique key is taken: the one error both databases have for it. */
export const isDuplicate = (e: unknown): boolean => hasCode(e, 'CONFLICT') && sortIn(e) === 'duplicate';
export const isContention = (e: unknown): boolean => sortIn(e) === 'contention';
export const isConnectionTrouble = (e: unknown): boolean => sortIn(e) === 'connection';
/** Nobody listens there: trying again within milliseconds is no use. */
export const isRefused = (e: unknown): boolean => isConnectionTrouble(e) && /ECONNREFUSED|ENOTFOUND|ENOENT|EHOSTUNREACH|ENETUNREACH|SQLITE_CANTOPEN/.test(((e as CloudError).internal as Internal).code);
