// Rows of the CLC's database, whole tables, with JSON columns read and numbers as numbers.
import { rowsOf } from '../../support/leftovers.ts';
import type { DatabaseSeen } from './interface.ts';

const TABLES: Record<keyof DatabaseSeen, string> = {
  tasks: 'tasks', plans: 'saga_plans', jobs: 'saga_jobs', outbox: 'saga_outbox', images: 'images', versions: 'image_versions', instances: 'instances', userInstances: 'user_instances',
  ledger: 'ledger_nodes', claims: 'ledger_claims', daemons: 'daemons', events: 'events', idempotency: 'idempotency_keys', addresses: 'cluster_addresses', access: 'cluster_access', batches: 'batches',
};
const JSON_COLUMNS = new Set(['error', 'kept', 'payload', 'network']);
/** Large, or secret, and no invariant reads it. */
const LEFT_OUT = new Set(['secretHash', 'facts', 'placement', 'options', 'params', 'result', 'envelope', 'requestHash', 'body']);

export async function databaseOf(dbUrl: string): Promise<DatabaseSeen> {
  const entries = await Promise.all(Object.entries(TABLES).map(async ([name, table]) => [name, (await rowsOf({ json: { dbUrl } }, `SELECT * FROM ${table}`)).map(readRow)]));
  return Object.fromEntries(entries) as DatabaseSeen;
}

function readRow(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([column]) => !LEFT_OUT.has(column)).map(([column, value]) => {
    if (typeof value === 'bigint') return [column, Number(value)];
    return [column, JSON_COLUMNS.has(column) && typeof value === 'string' ? parsed(value) : value];
  }));
}

/** `error` of an image version is a plain text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
