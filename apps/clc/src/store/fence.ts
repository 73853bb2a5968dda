// The fence around a leader's writes: before its first change every transaction makes sure that its epoch still leads, and else changes nothing.
// So a controller that was stopped and comes back believing in its lease cannot touch what its successor has taken over.
import type { Database, TransactionSql } from '@educloud/database';
import { CloudError } from '@educloud/errors';
import type { Fence } from './interface.ts';
import { leading, leads } from './lease-store.ts';

const replaced = (epoch: number): CloudError => new CloudError('NOT_READY', `this cloud controller does not lead any more (its epoch was ${epoch})`);

function fencedSql(sql: TransactionSql, fence: Fence): TransactionSql {
  let checked = false;
  const byClock = (): void => {
    if (fence.valid()) return;
    fence.refused('clock');
    throw replaced(fence.epoch);
  };
  const byDatabase = (): CloudError => {
    fence.refused('database');
    return replaced(fence.epoch);
  };
  return {
    ...sql,
    async run(statement, params) {
      if (!checked) {
        byClock();
        if (!(await leads(sql, fence.epoch))) throw byDatabase();
        checked = true;
      }
      return sql.run(statement, params);
    },
    lastly(writes) {
      if (writes.length === 0) return;
      if (!checked) {
        byClock();
        sql.lastly([{ ...leading(fence.epoch), orElse: byDatabase }]);
        checked = true;
      }
      sql.lastly(writes);
    },
  };
}

/** The same database, but nothing is changed in it once the epoch has been replaced. @throws NOT_READY then */
export function fenced(db: Database, fence: Fence): Database {
  return {
    ...db,
    // What a leader does by itself lets requests go first.
    transaction: (work) => db.transaction((sql) => work(fencedSql(sql, fence)), true),
    sql: { ...db.sql, run: (statement, params) => db.transaction((sql) => fencedSql(sql, fence).run(statement, params), true) },
  };
}
