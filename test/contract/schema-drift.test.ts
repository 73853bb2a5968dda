// The migrations make exactly the tables the entities describe, on both databases: whoever changes an entity must write a migration.
import { strict as assert } from 'node:assert';
import { openDatabase, type DatabaseKind } from '@educloud/database';
import { silentLog } from '@educloud/log';
import { entitiesOf } from '../../apps/clc/src/store/entities/index.ts';
import { Networks1763770000000 } from '../../apps/clc/src/store/migrations/0007-networks.ts';
import { migrations } from '../../apps/clc/src/store/migrations/index.ts';
import { openStore } from '../../apps/clc/src/store/index.ts';
import { tablesOf } from '../../apps/clc/src/store/tables.ts';
import { imageRow, versionRow } from '../support/store-rows.ts';
import { privateMariadb, sqliteFiles } from '../support/store-databases.ts';

const orderOf = (name: string): number => Number(name.slice(-13));

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

    // On SQLite a migration is one transaction with all it does.
    if (databases.kind === 'mariadb') it('R187: a migration that is killed after any of its statements is taken up again at the next start', async () => {
      const db = await openDatabase({ url: await databases.fresh(), log: silentLog(), migrations: migrations.filter(({ name }) => orderOf(name) < orderOf(Networks1763770000000.name)), entities: (kind) => Object.values(entitiesOf(kind)) });
      const runner = db.dataSource.createQueryRunner();
      try {
        const query = runner.query.bind(runner);
        let left = 0;
        const killed = new Error('killed');
        Object.assign(runner, {
          query: (...asked: Parameters<typeof query>) => {
            if (/^\s*(ALTER|CREATE|DROP)\b/i.test(asked[0]) && (left -= 1) < 0) throw killed;
            return query(...asked);
          },
        });
        for (const Migration of migrations.filter(({ name }) => orderOf(name) >= orderOf(Networks1763770000000.name)).sort((a, b) => orderOf(a.name) - orderOf(b.name))) {
          for (let start = 1, done = false; !done; start += 1) {
            left = 1;
            runner.clearSqlMemory();
            done = await new Migration().up(runner).then(() => true, (e: unknown) => {
              if (e !== killed || start > 20) throw new Error(`${Migration.name} at start ${start}`, { cause: e });
              return false;
            });
          }
        }
        const drift = await db.dataSource.driver.createSchemaBuilder().log();
        assert.deepEqual(drift.upQueries.map((q) => q.query), []);
      } finally {
        await runner.release();
        await db.close();
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
