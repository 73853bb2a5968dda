// The kill test on fakes, first half: whichever daemon dies at whichever job, before or after its effect, the step ends well once it is back,
// and nothing is left.
import assert from 'node:assert/strict';
import { JOBS, type JobName, type NodeEvent } from '@educloud/contracts';
import { eventually } from '../support/eventually.ts';
import { dying } from '../support/kills.ts';
import { nothingIsLeft, rowsOf } from '../support/leftovers.ts';
import { at, killScene, points, RESTS_AT, STEPS, type Step } from './kill-fake/scene.ts';

const names = Object.keys(JOBS) as JobName[];
const jobsOf = (command: string): JobName[] => names.filter((name) => JOBS[name].command === command);
/** Cleaning after a registered submit is part of the submit; the rest of `discard` belongs to cancel. */
const AFTER_SUBMIT: readonly JobName[] = ['discardInstance', 'discardStaging', 'releaseClaims'];
/** What only instances have is in instances-fake.test.ts. */
const OF_INSTANCES = names.filter((name) => JOBS[name].command.startsWith('instance/'));
/** What an administrator asks of a host, and what is said of it then. */
const HOST_JOBS: ReadonlyArray<[JobName, string, string]> = [['callHost', 'wake', 'was called by its network card'], ['powerOff', 'poweroff', 'switches itself off'], ['pullFacts', 'pull', 'told what it is and has']];
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
      const tested = [...STEPS.flatMap((step) => jobsOf(`image/create/${step}`)), ...AFTER_SUBMIT, ...TESTED_WITH_CANCEL, ...jobsOf('image/delete'), ...jobsOf('orphan/remove'), ...jobsOf('node/fence'), ...HOST_JOBS.map(([job]) => job), ...OF_INSTANCES];
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
    for (const [job, verb, outcome] of HOST_JOBS) {
      it(`host ${verb}: ${JOBS[job].role} dies before and after ${job}, and the CLC at its message: it is done, and said so once`, async () => {
        const [host] = await rowsOf(scene.cloud, "SELECT id FROM daemons WHERE role = 'nc'");
        const id = String(host?.['id']);
        await rowsOf(scene.cloud, "UPDATE daemons SET mac = '52:54:00:12:34:56' WHERE id = ?", [id]);
        const api = `${scene.cloud.json.clcUrl}/clc/api/1.0`;
        const post = (at: string, body: object, headers: Record<string, string> = {}): Promise<Response> => fetch(`${api}${at}`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) });
        const { token } = (await (await post('/login', { user: scene.cloud.json.adminUser, password: scene.cloud.json.adminPassword })).json()) as { token: string };
        const said = async (): Promise<string[]> => (await rowsOf(scene.cloud, "SELECT payload FROM events WHERE kind = 'node' AND subject = ?", [id])).map(({ payload }) => (typeof payload === 'string' ? JSON.parse(payload) : payload) as NodeEvent).flatMap(({ message }) => (message === outcome ? [message] : []));
        const off = await scene.poweredOff();
        const ask = async (): Promise<void> => {
          await eventually('it is taken', async () => (await post(`/nodes/${id}/${verb}`, {}, { Authorization: `Bearer ${token}`, 'Idempotency-Key': verb })).status === 202, 30_000);
          await eventually(`"${outcome}" is said`, async () => (await said()).length > 0, 60_000);
        };
        await dying(scene.cloud, 'clc', ['outbox:before', 'outbox:after'], () => dying(scene.cloud, JOBS[job].role, points(job), ask));
        assert.deepEqual(await said(), [outcome]);
        // Between its order and its end a machine that goes off may be told again, never after it was switched on.
        if (verb === 'poweroff') assert.equal((await scene.poweredOff()) - off, 2);
        await nothingIsLeft(scene.cloud);
      });
    }
  });
});
