// The kill test on fakes, first half: whichever daemon dies at whichever job, before or after its effect, the step ends well once it is back,
// and nothing is left.
import assert from 'node:assert/strict';
import { JOBS, type JobName } from '@educloud/contracts';
import { dying } from '../support/kills.ts';
import { nothingIsLeft } from '../support/leftovers.ts';
import { at, killScene, points, RESTS_AT, STEPS, type Step } from './kill-fake/scene.ts';

const names = Object.keys(JOBS) as JobName[];
const jobsOf = (command: string): JobName[] => names.filter((name) => JOBS[name].command === command);
/** Cleaning after a registered submit is part of the submit; the rest of `discard` belongs to cancel. */
const AFTER_SUBMIT: readonly JobName[] = ['discardInstance', 'discardStaging', 'releaseClaims'];
/** What only instances have is in instances-fake.test.ts. */
const OF_INSTANCES = names.filter((name) => JOBS[name].command.startsWith('instance/'));
const TESTED_WITH_CANCEL: readonly JobName[] = ['discardInstance', 'discardStaging', 'discardUpload', 'releaseClaims'];

describe('kill -9 of the daemon that does it, before and after its effect (fake guests)', function () {
  this.timeout(120_000);
  const scene = killScene();
  const { begin, edit, holdsTheEdit } = scene;

  /** The whole life of a build; `during` wraps one step. */
  async function build(during: Partial<Record<Step, (step: () => Promise<void>) => Promise<void>>>): Promise<void> {
    const task = await begin();
    let marker: Buffer = Buffer.alloc(0);
    for (const step of STEPS) {
      const go = async (): Promise<void> => {
        const after = await scene.user.do(task.tid, step);
        assert.equal(at(after), RESTS_AT[step], after.error?.message ?? after.message);
      };
      await (during[step] ?? ((work) => work()))(go);
      if (step === 'run') marker = await edit(task);
    }
    await holdsTheEdit(task, marker);
    await nothingIsLeft(scene.cloud);
  }

  describe('each job of a step', () => {
    it('is known to this test', () => {
      const tested = [...STEPS.flatMap((step) => jobsOf(`image/create/${step}`)), ...AFTER_SUBMIT, ...TESTED_WITH_CANCEL, ...jobsOf('image/delete'), ...jobsOf('orphan/remove'), ...jobsOf('node/fence'), ...jobsOf('host/wake'), ...jobsOf('host/poweroff'), ...jobsOf('host/pull'), ...OF_INSTANCES];
      assert.deepEqual(names.filter((name) => !tested.includes(name)), []);
    });
    for (const step of STEPS) {
      const jobs = [...jobsOf(`image/create/${step}`), ...(step === 'submit' ? AFTER_SUBMIT : [])];
      for (const job of jobs) {
        it(`${step}: ${JOBS[job].role} dies before and after ${job}`, () => build({ [step]: (go: () => Promise<void>) => dying(scene.cloud, JOBS[job].role, points(job), go) }));
      }
      it(`${step}: the CLC dies between commit and publish, and between publish and noting it`, () => build({ [step]: (go: () => Promise<void>) => dying(scene.cloud, 'clc', ['outbox:before', 'outbox:after'], go) }));
    }
    it('delete: Walrus dies before and after deleteVersion', async () => {
      const task = await begin();
      await scene.user.do(task.tid, 'cancel');
      await dying(scene.cloud, 'walrus', points('deleteVersion'), async () => scene.user.deleteImage(task.srcImageId));
      await nothingIsLeft(scene.cloud);
    });
  });
});
