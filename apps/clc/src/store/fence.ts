// The fence around a leader's writes: before its first change every transaction makes sure that its epoch still leads, and else changes nothing.
// So a controller that was stopped and comes back believing in its lease cannot touch what its successor has taken over.
import type { Database, Sql } from '@educloud/database';
import { CloudError } from '@educloud/errors';
import type { Fence } from './interface.ts';
import { leads } from './lease-store.ts';

const replaced = (epoch: number): CloudError => new CloudError('NOT_READY', `this cloud controller does not lead any more (its epoch was ${epoch})`);

function fencedSql(sql: Sql, fence: Fence): Sql {
  let checked = false;
  return {
    ...sql,
    rows: (statement, params) => sql.rows(statement, params),
    async run(statement, params) {
      if (!checked) {
        if (!fence.valid()) {
          fence.refused('clock');
          throw replaced(fence.epoch);
        }
        if (!(await leads(sql, fence.epoch))) {
          fence.refused('database');
          throw replaced(fence.epoch);
        }
        checked = true;
      }
      return sql.run(statement, params);
    },
  };
}

/** The same database, but nothing is changed in it once the epoch has been replaced. @throws NOT_READY then */
export function fenced(db: Database, fence: Fence): Database {
  return {
    ...db,
    transaction: (work) => db.transaction((sql) => work(fencedSql(sql, fence))),
    sql: { ...db.sql, run: (statement, params) => db.transaction((sql) => fencedSql(sql, fence).run(statement, params)) },
  };
}
