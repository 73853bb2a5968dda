// Two who change one instance at the same moment: of people one is heard, and each decision is made by what is, not by what was. On both databases.
import assert from 'node:assert/strict';
import { DefineInstance, Envelope, ModifyInstance, StopBody } from '@educloud/contracts';
import { hasCode } from '@educloud/errors';
import { defineInstance } from '../../apps/clc/src/commands/instance/define.ts';
import { deleteInstance } from '../../apps/clc/src/commands/instance/delete.ts';
import { modifyInstance } from '../../apps/clc/src/commands/instance/modify.ts';
import { runInstance } from '../../apps/clc/src/commands/instance/run.ts';
import { stopInstance } from '../../apps/clc/src/commands/instance/stop.ts';
import { onInstanceStatus } from '../../apps/clc/src/status/instance-status.ts';
import type { UserInstanceRow } from '../../apps/clc/src/store/index.ts';
import { plansForEachTest, SOURCE, type ClcPlans } from '../support/clc-plans.ts';
import { eventually } from '../support/eventually.ts';
import { privateMariadb, sqliteFiles, type Databases } from '../support/store-databases.ts';
import { daemonRow } from '../support/store-rows.ts';

const ROUNDS = 6;
const stop = StopBody.parse({});

function races(title: string, databases: Databases): void {
  describe(title, function () {
    this.timeout(60_000);
    let clc: ClcPlans;
    before(async function () { this.timeout(120_000); await databases.start(); });
    after(async function () { this.timeout(60_000); await databases.stop(); });
    plansForEachTest((plans) => { clc = plans; }, () => databases.migrated());

    const define = (set: Partial<DefineInstance> = {}): Promise<UserInstanceRow> => defineInstance(clc.deps, DefineInstance.parse({ name: 'desk', imageId: SOURCE, kind: 'rvd', lifetime: 'persistent', ...set }), 'anna');
    const row = async (id: string): Promise<UserInstanceRow> => (await clc.deps.store.read.userInstances.userInstance(id)) as UserInstanceRow;
    const modify = (id: string, set: Partial<ModifyInstance>, seen: number[] | null = null): Promise<UserInstanceRow> => modifyInstance(clc.deps, id, ModifyInstance.parse(set), seen);
    const run = async (id: string): Promise<void> => {
      await runInstance(clc.deps, id);
      await clc.answerAll();
    };

    it('R123 of many who change it and saw the same revision one is heard, and the others are told; without one nobody’s change is lost', async () => {
      const { id, rev } = await define();
      const answers = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => modify(id, { description: `by ${i}` }, [rev])));
      const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
      assert.deepEqual(refused.map((e) => hasCode(e, 'PRECONDITION_FAILED')), Array.from({ length: 7 }, () => true));
      await Promise.all([modify(id, { name: 'other' }), modify(id, { cpus: 3 }), modify(id, { memoryMiB: 768 })]);
      const now = await row(id);
      assert.deepEqual([now.name, now.cpus, now.memoryMiB, now.rev], ['other', 3, 768, rev + 4]);
    });

    it('R123 a run that meets a change claims what its guest is started with, and ends as what it is now', async () => {
      const { id } = await define();
      await run(id);
      for (let round = 1; round <= ROUNDS; round++) {
        await stopInstance(clc.deps, id, stop);
        await clc.answerAll();
        await Promise.allSettled([modify(id, { memoryMiB: 512 + round, lifetime: round === ROUNDS ? 'temporary' : 'persistent' }), runInstance(clc.deps, id)]);
        const asked = await clc.answerAll();
        const started = asked.find(({ job }) => job === 'startDomain')?.params as { guest: { memoryMiB: number } } | undefined;
        const { memoryMiB, lifetime } = await row(id);
        const claimed = (await clc.deps.store.read.ledger.usage(daemonRow(1).id))?.used.memoryMiB;
        assert.deepEqual([started?.guest.memoryMiB, claimed], [memoryMiB, memoryMiB]);
        assert.equal(asked.some(({ job }) => job === 'cloneDisk'), lifetime !== 'persistent', `${lifetime}: ${asked.map(({ job }) => job).join(', ')}`);
      }
    });

    it('R123 a deletion that meets another action deletes it, and the other is done before or refused', async () => {
      for (let round = 1; round <= ROUNDS; round++) {
        const { id } = await define();
        const [, deleted] = await Promise.allSettled([runInstance(clc.deps, id), deleteInstance(clc.deps, id)]);
        assert.deepEqual(deleted.status === 'rejected' ? deleted.reason : null, null);
        await clc.answerAll();
        assert.equal((await row(id)).vmState, 'deleted');
      }
    });

    it('R125 what a node says of many guests is heard also when people do something with some of them at that moment', async () => {
      const all = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => define({ cpus: 1, lifetime: n % 2 ? 'persistent' : 'temporary' })));
      for (const { id } of all) await run(id);
      const word = Envelope.parse({ v: 1, id: 'm', name: 'insstatus', seq: 50, source: { node: daemonRow(1).id, epoch: 1 }, body: { full: false, instances: all.map(({ id }) => ({ insId: id, vmstatus: 'stopped', reason: 'shutdown' })) } });
      const [said] = await Promise.allSettled([onInstanceStatus(clc.deps, word), ...all.slice(1).map(({ id }) => stopInstance(clc.deps, id, stop)), deleteInstance(clc.deps, all[0]!.id)]);
      assert.deepEqual(said.status === 'rejected' ? said.reason : null, null);
      for (const { id, lifetime } of all.slice(1)) {
        const end = lifetime === 'temporary' ? 'initialized' : 'stopped';
        await eventually(`${id}, which is ${lifetime}, is ${end}`, async () => {
          await clc.answerAll();
          const { vmState, taskState, message } = await row(id);
          if (vmState !== end || taskState !== null) throw new Error(`${vmState}/${taskState}: ${message.code}`);
          return true;
        }, 20_000);
      }
    });
  });
}

races('instances in a race on SQLite', sqliteFiles());
races('instances in a race on MariaDB', privateMariadb());
