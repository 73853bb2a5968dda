// The migrations make exactly the tables the entities describe, on both databases: whoever changes an entity must write a migration.
import { strict as assert } from 'node:assert';
import { openDatabase, type DatabaseKind } from '@educloud/database';
import { silentLog } from '@educloud/log';
import { entitiesOf } from '../../apps/clc/src/store/entities/index.ts';
import { migrations } from '../../apps/clc/src/store/migrations/index.ts';
import { openStore } from '../../apps/clc/src/store/index.ts';
import { tablesOf } from '../../apps/clc/src/store/tables.ts';
import { imageRow, versionRow } from '../support/store-rows.ts';
import { privateMariadb, sqliteFiles } from '../support/store-databases.ts';

for (const databases of [sqliteFiles(), privateMariadb()]) {
  describe(`the schema on ${databases.kind}`, function () {
    this.timeout(120_000);
    before(() => databases.start());
    after(() => databases.stop());

    it('keeps the images and versions of a cloud from before there were types', async () => {
      const url = await databases.fresh();
      const entities = (kind: DatabaseKind) => Object.values(entitiesOf(kind));
      const old = await openDatabase({ url, log: silentLog(), migrations: migrations.slice(0, 3), entities });
      const t = tablesOf(old.kind);
      const image = imageRow(1);
      const columns = ['id', 'name', 'ostype', 'usage', 'description', 'createdAt', 'updatedAt', 'createdBy'] as const; // as they were then
      await old.sql.run(`INSERT INTO images (${columns.map((c) => `\`${c}\``).join(', ')}, lastVersion) VALUES (${columns.map(() => '?').join(', ')}, 1)`, columns.map((c) => image[c]));
      const inserted = [t.imageVersions.insert({ ...versionRow('img-00000001'), version: 1 })];
      for (const { text, params } of inserted) await old.sql.run(text, params);
      await old.close();
      const store = await openStore({ url, log: silentLog(), now: () => 1 });
      try {
        assert.deepEqual(await store.read.images.image('img-00000001'), imageRow(1));
        assert.equal(await store.read.images.reserveVersion(versionRow('img-00000001')), 2);
        await store.transaction((tx) => tx.images.insertImage(imageRow(2, { ostype: 'x'.repeat(32) as never })));
      } finally {
        await store.close();
      }
    });

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
