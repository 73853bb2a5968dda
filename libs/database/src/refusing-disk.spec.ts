// An embedded database whose disk takes no more syncs.
import { strict as assert } from 'node:assert';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { hasCode } from '@educloud/errors';
import { createLog } from '@educloud/log';
import { openSqlite } from './sqlite.ts';

describe('a disk that takes no more syncs', () => {
  let dir = '';
  beforeEach(async () => { dir = await mkdtemp(join(tmpdir(), 'refusing-')); });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('R121: is told to whoever asked, also where the work lets others go first, and ends no process', async () => {
    const db = await openSqlite(join(dir, 'some.db'), { entities: () => [], migrations: [] }, createLog({ role: 'clc', level: 'fatal' }));
    const loose: unknown[] = [];
    const hear = (e: unknown): void => void loose.push(e);
    const file = await open(join(dir, 'some.db'));
    const refusing = mock.method(Object.getPrototypeOf(file) as { datasync(): Promise<void> }, 'datasync', () => Promise.reject(new Error('EIO')));
    process.on('unhandledRejection', hear);
    try {
      await assert.rejects(db.transaction((sql) => sql.run('CREATE TABLE t (a)')), (e) => hasCode(e, 'DATABASE_UNAVAILABLE'));
      for (const work of ['SELECT 1', 'INSERT INTO t VALUES (1)']) {
        await assert.rejects(db.transaction<unknown>((sql) => (work.startsWith('SELECT') ? sql.rows(work) : sql.run(work)), true), (e) => hasCode(e, 'DATABASE_UNAVAILABLE'));
      }
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(loose, []);
    } finally {
      process.off('unhandledRejection', hear);
      refusing.mock.restore();
      await file.close();
      await db.close().catch(() => undefined);
    }
  });
});
