// What lists and looks by name cost in a large cloud: each database's own word for how it finds the rows of the statements we send.
import { strict as assert } from 'node:assert';
import { openDatabase, type Database, type SqlValue } from '@educloud/database';
import { silentLog } from '@educloud/log';
import { daemonStore } from '../../apps/clc/src/store/daemon-store.ts';
import { entitiesOf } from '../../apps/clc/src/store/entities/index.ts';
import { imageStore } from '../../apps/clc/src/store/image-store.ts';
import { ListedImages1763760000000 } from '../../apps/clc/src/store/migrations/0006-listed-images.ts';
import { migrations } from '../../apps/clc/src/store/migrations/index.ts';
import type { Session } from '../../apps/clc/src/store/session.ts';
import { tablesOf } from '../../apps/clc/src/store/tables.ts';
import { privateMariadb, sqliteFiles } from '../support/store-databases.ts';
import { daemonRow, imageRow, versionRow } from '../support/store-rows.ts';

const UNFINISHED = 1500;
const FINISHED = 60;
const NODES = 1500;

for (const databases of [sqliteFiles(), privateMariadb()]) {
  describe(`in a large cloud on ${databases.kind}`, function () {
    this.timeout(120_000);
    let db: Database;
    const asked: Array<{ text: string; params: SqlValue[] }> = [];
    const sessionOver = (sql: Session['sql']): Session => ({ sql, tables: tablesOf(db.kind), now: () => 1, atomic: (work) => work(sessionOver(sql)), unit: null, note: () => undefined });
    const recording = {
      rows: (text: string, params: SqlValue[] = []) => { asked.push({ text, params }); return db.sql.rows(text, params); },
      lists: (text: string, params: SqlValue[] = []) => { asked.push({ text, params }); return db.sql.lists(text, params); },
      first: (text: string, params: SqlValue[] = []) => { asked.push({ text, params }); return db.sql.first(text, params); },
    };
    const recorded = (): Session => sessionOver({ ...db.sql, kind: db.kind, forUpdate: '', ...recording });

    before(async () => {
      await databases.start();
      db = await openDatabase({ url: await databases.fresh(), log: silentLog(), migrations, entities: (kind) => Object.values(entitiesOf(kind)) });
      await db.transaction(async (sql) => {
        const images = imageStore(sessionOver(sql));
        const daemons = daemonStore(sessionOver(sql));
        // The newest are builds under way: each has its image, and no version of it is available.
        for (let n = 1; n <= FINISHED + UNFINISHED; n += 1) {
          await images.insertImage(imageRow(n, { createdAt: 1000 + n }));
          await images.reserveVersion(versionRow(imageRow(n).id, { state: n <= FINISHED ? 'available' : 'reserved' }));
        }
        for (let n = 1; n <= NODES; n += 1) await daemons.insertDaemon(daemonRow(n));
      });
      if (db.kind === 'mariadb') await db.sql.rows('ANALYZE TABLE images, daemons');
    });
    beforeEach(() => void (asked.length = 0));
    after(async () => {
      await db.close();
      await databases.stop();
    });

    /** How it finds the rows of what was asked first, in one line. */
    async function plan(): Promise<string> {
      const { text, params } = asked[0] as { text: string; params: SqlValue[] };
      const rows = await db.sql.rows(`${db.kind === 'mariadb' ? 'EXPLAIN' : 'EXPLAIN QUERY PLAN'} ${text}`, params);
      return rows.map((row) => Object.values(row).join(' ')).join('; ');
    }

    it('R118 the list of images is a range of an index, whatever is unfinished', async () => {
      const images = imageStore(recorded());
      const first = await images.images({ limit: 50 });
      assert.equal(first.items.length, 50);
      const seen = [await plan()];
      asked.length = 0;
      assert.equal((await images.images({ limit: 50, cursor: first.next ?? '' })).items.length, FINISHED - 50);
      for (const how of [...seen, await plan()]) {
        assert.match(how, /ix_images_listed/);
        assert.doesNotMatch(how, /filesort|TEMP B-TREE|subquery/i);
      }
    });

    it('R118 an upgrade lists what was finished before', async () => {
      const url = await databases.fresh();
      const entities = (kind: Database['kind']) => Object.values(entitiesOf(kind));
      const old = await openDatabase({ url, log: silentLog(), migrations: migrations.slice(0, migrations.indexOf(ListedImages1763760000000)), entities });
      for (const [n, state] of ['available', 'reserved', 'deleted'].entries()) {
        await old.sql.run(`INSERT INTO images (id, name, ostype, \`usage\`, description, createdAt, updatedAt, createdBy, lastVersion) VALUES ('img-${n}', 'x', 'linux', 'server', '', 1, 1, 'a', 1)`, []);
        await old.sql.run(`INSERT INTO image_versions (imageId, version, state, createdAt, createdBy) VALUES ('img-${n}', 1, '${state}', 1, 'a')`, []);
      }
      await old.close();
      const upgraded = await openDatabase({ url, log: silentLog(), migrations, entities });
      assert.deepEqual((await imageStore(sessionOver(upgraded.sql)).images({ limit: 10 })).items.map((image) => image.id), ['img-0']);
      await upgraded.close();
    });

    it('R118 a node is found by its name in an index', async () => {
      const found = await daemonStore(recorded()).daemonsNamed('node-700');
      assert.deepEqual(found.map((row) => row.id), [daemonRow(700).id]);
      assert.match(await plan(), /uq_daemons_role_name/);
    });

    it('R118 the cloud at a glance counts all nodes and names a few: first those that are no nodes, then those that are not up', async () => {
      const daemons = daemonStore(sessionOver(db.sql));
      await daemons.insertDaemon(daemonRow(9001, { id: 'walrus-00000001', role: 'walrus', name: 'walrus-1', state: 'up' }));
      await db.sql.run("UPDATE daemons SET state = 'up' WHERE role = 'nc' AND name <> 'node-777'", []);
      const glance = await daemons.overview(3);
      assert.deepEqual([glance.nodes, glance.fake], [{ all: NODES, up: NODES - 1 }, false]);
      assert.deepEqual(glance.rows.map((row) => row.name), ['node-1', 'node-777', 'walrus-1']);
      await daemons.setFacts(daemonRow(5).id, 0, { ...daemonRow(5).facts, hypervisor: { kind: 'fake', version: '', acceleration: 'none', message: '' } });
      assert.equal((await daemons.overview(1)).fake, true);
    });

    it('R117 of a cluster only the nodes with work under way are asked for', async () => {
      const daemons = daemonStore(sessionOver(db.sql));
      assert.deepEqual(await daemons.nodesAtWork('cc-00000001'), []);
      await db.sql.run("INSERT INTO saga_plans (id, subject, seq, name, state, generation, rev, startedAt) VALUES ('p', 's', 1, 'n', 'running', 1, 1, 1)", []);
      for (const [n, target, state] of [[1, daemonRow(3).id, 'running'], [2, daemonRow(4).id, 'done'], [3, daemonRow(6).id, 'stuck'], [4, 'walrus-00000001', 'running']] as const) {
        await db.sql.run(`INSERT INTO saga_jobs (id, planId, \`index\`, name, role, target, state, attempt, undoAttempt, rev) VALUES ('j${n}', 'p', ${n}, 'n', 'nc', '${target}', '${state}', 1, 0, 1)`, []);
      }
      assert.deepEqual(await daemons.nodesAtWork('cc-00000001'), [daemonRow(3).id, daemonRow(6).id]);
      assert.deepEqual(await daemons.nodesAtWork('cc-00000002'), []);
    });
  });
}
