// The saga engine's random histories on both databases: the same promises as on rows in memory (libs/saga/src/engine-model.spec.ts).
import { modelRuns, modelTimeoutMs } from '@educloud/model-runs';
import { playSagaModel, type ModelRig } from '@educloud/saga/stock-model';
import { silentLog } from '@educloud/log';
import { openStore, type Tx } from '../../apps/clc/src/store/index.ts';
import { privateMariadb, sqliteFiles, type Databases } from '../support/store-databases.ts';
import { daemonRow } from '../support/store-rows.ts';

const NODE = daemonRow(1).id;

function sagaOn(databases: Databases): void {
  describe(`the saga engine in any history on ${databases.kind}`, function () {
    this.timeout(modelTimeoutMs(180_000));
    before(() => databases.start());
    after(() => databases.stop());

    it('ends every plan, undoes in reverse, leaves nothing behind, keeps what has ended, and takes no writes of an engine that was replaced', () =>
      playSagaModel<Tx>({ rig: () => freshRig(databases), numRuns: modelRuns(databases.kind === 'sqlite' ? 60 : 15), maxSteps: 25 }));
  });
}

const insOf = (thing: string): string => `ins-${thing.padStart(8, '0')}`;

/** Own jobs of the plan claim on a ledger: it is idempotent, and rolled back with the rest. */
async function freshRig(databases: Databases): Promise<ModelRig<Tx>> {
  const store = await openStore({ url: await databases.fresh(), log: silentLog(), now: Date.now });
  await store.transaction((tx) => tx.ledger.setLimits(NODE, { cpus: 0, memoryMiB: 0, diskBytes: 1000 }));
  return {
    store,
    ensure: async (tx, thing) => void (await tx.ledger.claim(insOf(thing), 'disk', NODE, { cpus: 0, memoryMiB: 0, diskBytes: 1 })),
    remove: (tx, thing) => tx.ledger.release(insOf(thing), 'disk'),
    has: async (thing) => (await store.read.ledger.claimOf(insOf(thing), 'disk')) !== null,
    close: () => store.close(),
  };
}

sagaOn(sqliteFiles());
sagaOn(privateMariadb());
