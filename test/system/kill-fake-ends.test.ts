// The kill test on fakes, second half: daemons die while a failed step is undone and while a task is cancelled. Nothing is left, or what a
// person may still want.
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TaskView } from '@educloud/contracts';
import type { DaemonName } from '../../tools/cloud/layout.ts';
import { eventually } from '../support/eventually.ts';
import { died, dying, restart } from '../support/kills.ts';
import { leftovers, nothingIsLeft, rowsOf } from '../support/leftovers.ts';
import { at, killScene, points, RESTS_AT, STEPS, type Step } from './kill-fake/scene.ts';

describe('kill -9 while something is taken back (fake guests)', function () {
  this.timeout(120_000);
  const scene = killScene();
  const { begin, diskOf, edit, holdsTheEdit } = scene;

  /** What may remain of a task that a person can still take up or end: its rows, nothing on any machine. */
  async function onlyRowsAreLeft(task: TaskView): Promise<void> {
    const rows = [`instance: ${task.insId}`, `version not decided: ${task.dstImageId} ${task.dstVersion}`];
    let found: string[] = [];
    await eventually('failed and clean', async () => (found = (await leftovers(scene.cloud)).filter((line) => !rows.some((row) => line.startsWith(row)))).length === 0, 15_000).catch(() => assert.fail(`left behind:\n  ${found.join('\n  ')}`));
  }
  const change = async (statement: string, params: Array<string | number>): Promise<void> => void (await rowsOf(scene.cloud, statement, params));
  const upTo = async (task: TaskView, last: Step): Promise<void> => {
    for (const step of STEPS.slice(0, STEPS.indexOf(last) + 1)) assert.equal(at(await scene.user.do(task.tid, step)), RESTS_AT[step]);
  };

  describe('each undo of a step that fails for good', () => {
    it('prepare with a wrong checksum: failed and clean, and it can be prepared when the cause is gone', async () => {
      const task = await begin();
      const [row] = await rowsOf(scene.cloud, 'SELECT sha256 FROM image_versions WHERE imageId = ?', [task.srcImageId]);
      await change('UPDATE image_versions SET sha256 = ? WHERE imageId = ?', ['f'.repeat(64), task.srcImageId]);
      await dying(scene.cloud, 'nc', points('fetchImage', 'undo'), () =>
        dying(scene.cloud, 'cc', points('cacheImage', 'undo'), async () => {
          const failed = await scene.user.do(task.tid, 'prepare');
          assert.deepEqual([at(failed), failed.error?.code, failed.kept?.what], ['preparing/failed', 'CHECKSUM_MISMATCH', 'nothing'], failed.message);
        }),
      );
      await onlyRowsAreLeft(task);
      await change('UPDATE image_versions SET sha256 = ? WHERE imageId = ?', [String(row?.['sha256']), task.srcImageId]);
      assert.equal(at(await scene.user.do(task.tid, 'retry')), 'preparing/prepared');
      await scene.user.do(task.tid, 'delete');
      await nothingIsLeft(scene.cloud);
    });
    it('prepare whose clone fails: every daemon dies at every undo', async () => {
      const task = await begin();
      await mkdir(path.dirname(diskOf(task)), { recursive: true });
      await writeFile(diskOf(task), qcow2OnAnotherBase);
      await dying(scene.cloud, 'clc', points('placeInstance', 'undo'), () =>
        dying(scene.cloud, 'cc', points('cacheImage', 'undo'), () =>
          dying(scene.cloud, 'nc', [...points('cloneDisk', 'undo'), ...points('fetchImage', 'undo')], async () => assert.equal(at(await scene.user.do(task.tid, 'prepare')), 'preparing/failed')),
        ),
      );
      await onlyRowsAreLeft(task);
      await scene.user.do(task.tid, 'cancel');
      await nothingIsLeft(scene.cloud);
    });
    it('run without a disk: back to prepared, nothing claimed and no guest', async () => {
      const task = await begin();
      await upTo(task, 'prepare');
      await rm(diskOf(task));
      await dying(scene.cloud, 'clc', points('claimCompute', 'undo'), () => dying(scene.cloud, 'nc', points('startDomain', 'undo'), async () => assert.equal(at(await scene.user.do(task.tid, 'run')), 'preparing/prepared')));
      assert.deepEqual((await leftovers(scene.cloud)).filter((line) => /^claim: .* compute|^fake guest/.test(line)), []);
      await scene.user.do(task.tid, 'cancel');
      await nothingIsLeft(scene.cloud);
    });
    it('submit that cannot be registered: back to stopped with the edited disk, and it can be submitted when the cause is gone', async () => {
      const task = await begin();
      await upTo(task, 'run');
      const marker = await edit(task);
      assert.equal(at(await scene.user.do(task.tid, 'stop')), 'editing/stopped');
      await dying(scene.cloud, 'walrus', points('reserveUpload', 'undo'), () =>
        dying(scene.cloud, 'cc', points('stageUpload', 'undo'), () =>
          dying(scene.cloud, 'nc', points('flattenDisk', 'undo'), async () => {
            // The store stands still until the version was taken away: the submit has begun and cannot be registered any more.
            const store = scene.cloud.json.daemons.walrus.pid;
            process.kill(store, 'SIGSTOP');
            try {
              await scene.user.ask(task.tid, 'submit');
              await change("UPDATE image_versions SET state = 'deleted' WHERE imageId = ? AND version = ?", [task.dstImageId, task.dstVersion]);
            } finally {
              process.kill(store, 'SIGCONT');
            }
            const failed = await scene.user.rests(task.tid);
            assert.deepEqual([at(failed), failed.error?.code, failed.kept?.what], ['editing/stopped', 'CONFLICT', `the edited disk of ${task.insId}`]);
          }),
        ),
      );
      assert.ok((await readFile(diskOf(task))).includes(marker), 'the edited disk was lost');
      assert.deepEqual((await leftovers(scene.cloud)).filter((line) => !/^instance|^claim: .* disk|^resources|^pin|^fake guest/.test(line)), []);
      await change("UPDATE image_versions SET state = 'reserved' WHERE imageId = ? AND version = ?", [task.dstImageId, task.dstVersion]);
      assert.equal(at(await scene.user.do(task.tid, 'retry')), 'submitted/submitted');
      await holdsTheEdit(task, marker);
      await nothingIsLeft(scene.cloud);
    });
  });

  describe('a cancel', () => {
    /** Each of these daemons dies before and after its part of the cancel. */
    const PARTS: Record<string, string[]> = { clc: points('releaseClaims'), walrus: points('discardUpload'), cc: points('discardStaging'), nc: points('discardInstance') };
    async function cancelled(task: TaskView, options: { asked: boolean; dying: DaemonName[] }): Promise<void> {
      const end = async (): Promise<void> => {
        if (!options.asked) await scene.user.ask(task.tid, 'cancel');
        assert.equal((await scene.user.rests(task.tid)).state, 'cancelled');
      };
      // The node last: the cancel goes on from it, and then all of them must be armed.
      const arm = options.dying.reduceRight((inner, who) => () => dying(scene.cloud, who, PARTS[who] ?? [], inner), end);
      await arm();
      await nothingIsLeft(scene.cloud);
    }
    /** The daemon dies at the point and stays dead while the cancel is asked. */
    async function cancelledAt(step: Step, who: DaemonName, point: string, whoElse: DaemonName[] = []): Promise<void> {
      const task = await begin();
      if (step !== 'prepare') await upTo(task, STEPS[STEPS.indexOf(step) - 1] as Step);
      await restart(scene.cloud, who, point);
      await scene.user.ask(task.tid, step);
      await died(scene.cloud, who, point);
      await scene.user.ask(task.tid, 'cancel');
      assert.equal((await scene.user.task(task.tid)).state, 'cancelling');
      if (who !== 'nc') await scene.cloud.kill('nc');
      if (who !== 'nc' && !whoElse.includes(who)) await scene.cloud.start(who);
      await cancelled(task, { asked: true, dying: [...whoElse, 'nc'] });
    }

    it('of a download whose node died', () => cancelledAt('prepare', 'nc', 'fetchImage:do:before', ['clc', 'cc']));
    it('of a clone whose node died after it', () => cancelledAt('prepare', 'nc', 'cloneDisk:do:after'));
    it('of a start whose node died after it', () => cancelledAt('run', 'nc', 'startDomain:do:after'));
    it('of a stop whose node died before it', () => cancelledAt('stop', 'nc', 'stopDomain:do:before'));
    it('of a submit whose node died after sending to the cluster', () => cancelledAt('submit', 'nc', 'uploadToCluster:do:after', ['cc']));
    it('of a submit whose cluster controller died after sending to the store', () => cancelledAt('submit', 'cc', 'uploadToStore:do:after', ['clc', 'walrus']));
    for (const last of ['prepare', 'run', 'stop'] as const) {
      it(`of a task that rests at ${RESTS_AT[last]}`, async () => {
        const task = await begin();
        await upTo(task, last);
        await cancelled(task, { asked: false, dying: ['nc'] });
      });
    }
  });
});

/** An empty disk that the fake disk tool takes for a copy of another image. */
const qcow2OnAnotherBase = (() => {
  const image = Buffer.alloc(128 * 1024);
  image.writeUInt32BE(0x514649fb, 0);
  image.writeUInt32BE(3, 4);
  image.writeUInt32BE(16, 20);
  image.write('/somewhere/else', 32 * 1024);
  return image;
})();
