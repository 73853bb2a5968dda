// URLs, errors and retries of the database, without one.
import { strict as assert } from 'node:assert';
import { CloudError, hasCode } from '@educloud/errors';
import { databaseError, isContention, isDuplicate, isRefused } from './errors.ts';
import { CommitUnknown, retried } from './retry.ts';
import { describeAddress, parseDatabaseUrl } from './url.ts';

describe('a database URL', () => {
  it('names MariaDB or an SQLite file, and its description holds no user and no password', () => {
    const address = parseDatabaseUrl('mysql://edu:p%40ss@db.school:3307/cloud');
    assert.deepEqual(address, { kind: 'mariadb', host: 'db.school', port: 3307, user: 'edu', password: 'p@ss', database: 'cloud' });
    assert.equal(describeAddress(address), 'MariaDB db.school:3307/cloud');
    assert.deepEqual(parseDatabaseUrl('sqlite::memory:'), { kind: 'sqlite', path: ':memory:' });
    assert.deepEqual(parseDatabaseUrl('sqlite:/var/lib/x.db'), { kind: 'sqlite', path: '/var/lib/x.db' });
  });

  it('that is none is refused without being repeated', () => {
    for (const url of ['', 'sqlite:', 'postgres://u:secret@h/d', 'mysql://u:secret@h', 'secret']) {
      assert.throws(() => parseDatabaseUrl(url), (e) => hasCode(e, 'BAD_REQUEST') && !(e as Error).message.includes('secret'));
    }
  });
});

describe('what the drivers throw', () => {
  it('is one error for a taken key on both databases', () => {
    for (const e of [{ errno: 1062, code: 'ER_DUP_ENTRY' }, { code: 'SQLITE_CONSTRAINT_UNIQUE' }, { driverError: { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' } }]) {
      assert.ok(isDuplicate(databaseError(e)) && hasCode(databaseError(e), 'CONFLICT'));
    }
    assert.equal(isDuplicate(new CloudError('CONFLICT', 'of our own')), false);
  });

  it('says DATABASE_UNAVAILABLE when the connection is the trouble, and INTERNAL without the text when the statement is', () => {
    assert.ok(hasCode(databaseError({ code: 'PROTOCOL_CONNECTION_LOST' }), 'DATABASE_UNAVAILABLE'));
    assert.ok(isRefused(databaseError({ code: 'ECONNREFUSED' })));
    assert.ok(isContention(databaseError({ errno: 1213 })) && isContention(databaseError({ errno: 1020 })) && isContention(databaseError({ code: 'SQLITE_BUSY' })));
    const wrong = databaseError({ errno: 1064, message: "near 'secret'" });
    assert.ok(hasCode(wrong, 'INTERNAL') && !wrong.message.includes('secret'));
    assert.equal(databaseError({ errno: 1045 }).retryable, false);
  });
});

describe('a transaction', () => {
  const failing = (e: unknown) => {
    let runs = 0;
    const attempt = async (): Promise<never> => { runs += 1; throw e; };
    return { runs: () => runs, attempt };
  };

  it('is tried five times after a deadlock, once when nobody listens, and never again when the answer to its commit was lost', async () => {
    for (const [e, runs] of [[databaseError({ errno: 1213 }), 5], [databaseError({ code: 'ECONNREFUSED' }), 1], [new CommitUnknown(databaseError({ code: 'ECONNRESET' })), 1], [new CloudError('NOT_FOUND', 'x'), 1]] as const) {
      const work = failing(e);
      await assert.rejects(retried(work.attempt, undefined, () => 0), (thrown) => thrown instanceof CloudError);
      assert.equal(work.runs(), runs);
    }
  });
});
