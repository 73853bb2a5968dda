// `mysql://user:pass@host:port/db`, `sqlite:/path/file.db` or `sqlite::memory:`, as it stands in the configuration.
import { CloudError } from '@educloud/errors';

export type DatabaseAddress =
  | { kind: 'mariadb'; host: string; port: number; user: string; password: string; database: string }
  | { kind: 'sqlite'; path: string };

/** @throws BAD_REQUEST without the URL in it: there may be a password inside. */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  if (url.startsWith('sqlite:')) {
    const path = url.slice('sqlite:'.length);
    if (path === '') throw new CloudError('BAD_REQUEST', 'the database URL names no file: sqlite:/path/file.db');
    return { kind: 'sqlite', path };
  }
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const database = parsed ? decodeURIComponent(parsed.pathname.slice(1)) : '';
  if (!parsed || !['mysql:', 'mariadb:'].includes(parsed.protocol) || parsed.hostname === '' || database === '') {
    throw new CloudError('BAD_REQUEST', 'the database URL must look like mysql://user:password@host:port/database or sqlite:/path/file.db');
  }
  return {
    kind: 'mariadb', host: parsed.hostname.replace(/^\[|\]$/g, ''), port: Number(parsed.port || 3306), database,
    user: decodeURIComponent(parsed.username), password: decodeURIComponent(parsed.password),
  };
}

/** For logs and messages: no user, no password. */
export const describeAddress = (address: DatabaseAddress): string =>
  address.kind === 'sqlite' ? `SQLite ${address.path}` : `MariaDB ${address.host}:${address.port}/${address.database}`;
