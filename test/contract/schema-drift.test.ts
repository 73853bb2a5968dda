// The migrations make exactly the tables the entities describe, on both databases: whoever changes an entity must write a migration.
import { strict as assert } from 'node:assert';
import { openDatabase } from '@educloud/database';
import { silentLog } from '@educloud/log';
import { entitiesOf } from '../../apps/clc/src/store/entities/index.ts';
import { migrations } from '../../apps/clc/src/store/migrations/index.ts';
import { privateMariadb, sqliteFiles } from '../support/store-databases.ts';

for (const databases of [sqliteFiles(), privateMariadb()]) {
  describe(`the schema on ${databases.kind}`, function () {
    this.timeout(120_000);
    before(() => databases.start());
    after(() => databases.stop());

    it('leaves TypeORM nothing to change after the migrations', async () => {
      const db = await openDatabase({ url: await databases.fresh(), log: silentLog(), migrations, entities: (kind) => Object.values(entitiesOf(kind)) });
      try {
        const drift = await db.dataSource.driver.createSchemaBuilder().log();
        assert.deepEqual(drift.upQueries.map((q) => q.query), []);
      } finally {
        await db.close();
      }
    });
  });
}
