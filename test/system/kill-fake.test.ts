// The kill test on fakes: whichever daemon dies at whichever job, before or after its effect, the step ends well once it is back,
// and nothing is left. Five real processes on private real servers; only the guests are fake.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readFile, rm, writeFile, chmod, mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { JOBS, type JobName, type TaskView } from '@educloud/contracts';
import type { DaemonName } from '../../tools/cloud/layout.ts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { builderOf, type Builder } from '../support/build-flow.ts';
import { eventually } from '../support/eventually.ts';
import { died, dying, restart } from '../support/kills.ts';
import { keepLogs } from '../support/keep-logs.ts';
import { leftovers, nothingIsLeft, rowsOf } from '../support/leftovers.ts';
import { allowStart, freshDatabase, freshRedis, freshVhost } from '../support/servers.ts';

type Step = 'prepare' | 'run' | 'stop' | 'submit';
const STEPS: readonly Step[] = ['prepare', 'run', 'stop', 'submit'];
const RESTS_AT: Record<Step, string> = { prepare: 'preparing/prepared', run: 'editing/running', stop: 'editing/stopped', submit: 'submitted/submitted' };
const names = Object.keys(JOBS) as JobName[];
const jobsOf = (command: string): JobName[] => names.filter((name) => JOBS[name].command === command);
/** Cleaning after a registered submit is part of the submit; the rest of `discard` belongs to cancel. */
const AFTER_SUBMIT: readonly JobName[] = ['discardInstance', 'discardStaging', 'releaseClaims'];
const TESTED_WITH_CANCEL: readonly JobName[] = ['discardInstance', 'discardStaging', 'discardUpload', 'releaseClaims'];

const points = (job: string, op: 'do' | 'undo' = 'do'): string[] => [`${job}:${op}:before`, `${job}:${op}:after`];
const at = (task: TaskView): string => `${task.phase}/${task.state}`;

describe('kill -9 of the daemon that does it, before and after its effect (fake guests)', function () {
  this.timeout(120_000);
  let dir = '';
  let cloud: Cloud;
  let user: Builder;

  before(async function () {
    allowStart(this);
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-kill-'));
    await chmod(dir, 0o755);
    const [amqpUrl, clusterAmqpUrl, dbUrl, redisUrl] = await Promise.all([freshVhost(), freshVhost(), freshDatabase(), freshRedis()]);
    cloud = await startCloud({ dir: path.join(dir, 'cloud'), mode: 'distributed', hypervisor: 'fake', servers: { amqpUrl, clusterAmqpUrl, dbUrl, redisUrl, libvirtUri: null } });
    user = await builderOf(cloud);
  });
  after(async function () {
    this.timeout(60_000);
    await cloud?.stop();
    keepLogs(this.test?.parent, path.join(dir, 'cloud'));
    await rm(dir, { recursive: true, force: true });
  });

  let images = 0;
  /** An image nobody has in a cache yet, and a task that builds from it. */
  async function begin(): Promise<TaskView> {
    const file = path.join(dir, `source-${++images}.raw`);
    await writeFile(file, randomBytes(512 * 1024));
    const src = await user.upload(file, { name: `source-${images}`, format: 'raw' });
    await rm(file);
    return user.begin(src);
  }

  const diskOf = (task: TaskView): string => path.join(cloud.layout.data('nc'), 'instances', task.insId, 'disk.qcow2');
  /** What a person would edit in the guest. */
  async function edit(task: TaskView): Promise<Buffer> {
    const marker = Buffer.from(`edited by ${task.insId} ${randomBytes(8).toString('hex')}`);
    const disk = await open(diskOf(task), 'r+');
    await disk.write(marker, 0, marker.length, (await disk.stat()).size - 4096);
    await disk.sync();
    await disk.close();
    return marker;
  }
  async function holdsTheEdit(task: TaskView, marker: Buffer): Promise<void> {
    const bytes = await readFile(path.join(cloud.layout.data('walrus'), 'images', `${task.dstImageId}.v${task.dstVersion}.qcow2`));
    assert.ok(bytes.includes(marker), 'the submitted image does not hold what was edited');
  }

  /** The whole life of a build; `during` wraps one step. */
  async function build(during: Partial<Record<Step, (step: () => Promise<void>) => Promise<void>>>): Promise<void> {
    const task = await begin();
    let marker: Buffer = Buffer.alloc(0);
    for (const step of STEPS) {
      const go = async (): Promise<void> => {
        const after = await user.do(task.tid, step);
        assert.equal(at(after), RESTS_AT[step], after.error?.message ?? after.message);
      };
      await (during[step] ?? ((work) => work()))(go);
      if (step === 'run') marker = await edit(task);
    }
    await holdsTheEdit(task, marker);
    await nothingIsLeft(cloud);
  }

  describe('each job of a step', () => {
    it('is known to this test', () => {
      const tested = [...STEPS.flatMap((step) => jobsOf(`image/create/${step}`)), ...AFTER_SUBMIT, ...TESTED_WITH_CANCEL, ...jobsOf('image/delete'), ...jobsOf('orphan/remove')];
      assert.deepEqual(names.filter((name) => !tested.includes(name)), []);
    });
    for (const step of STEPS) {
      const jobs = [...jobsOf(`image/create/${step}`), ...(step === 'submit' ? AFTER_SUBMIT : [])];
      for (const job of jobs) {
        it(`${step}: ${JOBS[job].role} dies before and after ${job}`, () => build({ [step]: (go: () => Promise<void>) => dying(cloud, JOBS[job].role, points(job), go) }));
      }
      it(`${step}: the CLC dies between commit and publish, and between publish and noting it`, () => build({ [step]: (go: () => Promise<void>) => dying(cloud, 'clc', ['outbox:before', 'outbox:after'], go) }));
    }
    it('delete: Walrus dies before and after deleteVersion', async () => {
      const task = await begin();
      await user.do(task.tid, 'cancel');
      await dying(cloud, 'walrus', points('deleteVersion'), async () => user.deleteImage(task.srcImageId));
      await nothingIsLeft(cloud);
    });
  });

  /** What may remain of a task that a person can still take up or end: its rows, nothing on any machine. */
  async function onlyRowsAreLeft(task: TaskView): Promise<void> {
    const rows = [`instance: ${task.insId}`, `version not decided: ${task.dstImageId} ${task.dstVersion}`];
    let found: string[] = [];
    await eventually('failed and clean', async () => (found = (await leftovers(cloud)).filter((line) => !rows.some((row) => line.startsWith(row)))).length === 0, 15_000).catch(() => assert.fail(`left behind:\n  ${found.join('\n  ')}`));
  }
  const change = async (statement: string, params: Array<string | number>): Promise<void> => void (await rowsOf(cloud, statement, params));
  const upTo = async (task: TaskView, last: Step): Promise<void> => {
    for (const step of STEPS.slice(0, STEPS.indexOf(last) + 1)) assert.equal(at(await user.do(task.tid, step)), RESTS_AT[step]);
  };

  describe('each undo of a step that fails for good', () => {
    it('prepare with a wrong checksum: failed and clean, and it can be prepared when the cause is gone', async () => {
      const task = await begin();
      const [row] = await rowsOf(cloud, 'SELECT sha256 FROM image_versions WHERE imageId = ?', [task.srcImageId]);
      await change('UPDATE image_versions SET sha256 = ? WHERE imageId = ?', ['f'.repeat(64), task.srcImageId]);
      await dying(cloud, 'nc', points('fetchImage', 'undo'), () =>
        dying(cloud, 'cc', points('cacheImage', 'undo'), async () => {
          const failed = await user.do(task.tid, 'prepare');
          assert.deepEqual([at(failed), failed.error?.code, failed.kept?.what], ['preparing/failed', 'CHECKSUM_MISMATCH', 'nothing'], failed.message);
        }),
      );
      await onlyRowsAreLeft(task);
      await change('UPDATE image_versions SET sha256 = ? WHERE imageId = ?', [String(row?.['sha256']), task.srcImageId]);
      assert.equal(at(await user.do(task.tid, 'retry')), 'preparing/prepared');
      await user.do(task.tid, 'delete');
      await nothingIsLeft(cloud);
    });
    it('prepare whose clone fails: every daemon dies at every undo', async () => {
      const task = await begin();
      await mkdir(path.dirname(diskOf(task)), { recursive: true });
      await writeFile(diskOf(task), qcow2OnAnotherBase);
      await dying(cloud, 'clc', points('placeInstance', 'undo'), () =>
        dying(cloud, 'cc', points('cacheImage', 'undo'), () =>
          dying(cloud, 'nc', [...points('cloneDisk', 'undo'), ...points('fetchImage', 'undo')], async () => assert.equal(at(await user.do(task.tid, 'prepare')), 'preparing/failed')),
        ),
      );
      await onlyRowsAreLeft(task);
      await user.do(task.tid, 'cancel');
      await nothingIsLeft(cloud);
    });
    it('run without a disk: back to prepared, nothing claimed and no guest', async () => {
      const task = await begin();
      await upTo(task, 'prepare');
      await rm(diskOf(task));
      await dying(cloud, 'clc', points('claimCompute', 'undo'), () => dying(cloud, 'nc', points('startDomain', 'undo'), async () => assert.equal(at(await user.do(task.tid, 'run')), 'preparing/prepared')));
      assert.deepEqual((await leftovers(cloud)).filter((line) => /^claim: .* compute|^fake guest/.test(line)), []);
      await user.do(task.tid, 'cancel');
      await nothingIsLeft(cloud);
    });
    it('submit that cannot be registered: back to stopped with the edited disk, and it can be submitted when the cause is gone', async () => {
      const task = await begin();
      await upTo(task, 'run');
      const marker = await edit(task);
      assert.equal(at(await user.do(task.tid, 'stop')), 'editing/stopped');
      await dying(cloud, 'walrus', points('reserveUpload', 'undo'), () =>
        dying(cloud, 'cc', points('stageUpload', 'undo'), () =>
          dying(cloud, 'nc', points('flattenDisk', 'undo'), async () => {
            // The store stands still until the version was taken away: the submit has begun and cannot be registered any more.
            const store = cloud.json.daemons.walrus.pid;
            process.kill(store, 'SIGSTOP');
            try {
              await user.ask(task.tid, 'submit');
              await change("UPDATE image_versions SET state = 'deleted' WHERE imageId = ? AND version = ?", [task.dstImageId, task.dstVersion]);
            } finally {
              process.kill(store, 'SIGCONT');
            }
            const failed = await user.rests(task.tid);
            assert.deepEqual([at(failed), failed.error?.code, failed.kept?.what], ['editing/stopped', 'CONFLICT', `the edited disk of ${task.insId}`]);
          }),
        ),
      );
      assert.ok((await readFile(diskOf(task))).includes(marker), 'the edited disk was lost');
      assert.deepEqual((await leftovers(cloud)).filter((line) => !/^instance|^claim: .* disk|^resources|^pin|^fake guest/.test(line)), []);
      await change("UPDATE image_versions SET state = 'reserved' WHERE imageId = ? AND version = ?", [task.dstImageId, task.dstVersion]);
      assert.equal(at(await user.do(task.tid, 'retry')), 'submitted/submitted');
      await holdsTheEdit(task, marker);
      await nothingIsLeft(cloud);
    });
  });

  describe('a cancel', () => {
    /** Each of these daemons dies before and after its part of the cancel. */
    const PARTS: Record<string, string[]> = { clc: points('releaseClaims'), walrus: points('discardUpload'), cc: points('discardStaging'), nc: points('discardInstance') };
    async function cancelled(task: TaskView, options: { asked: boolean; dying: DaemonName[] }): Promise<void> {
      const end = async (): Promise<void> => {
        if (!options.asked) await user.ask(task.tid, 'cancel');
        assert.equal((await user.rests(task.tid)).state, 'cancelled');
      };
      // The node last: the cancel goes on from it, and then all of them must be armed.
      const arm = options.dying.reduceRight((inner, who) => () => dying(cloud, who, PARTS[who] ?? [], inner), end);
      await arm();
      await nothingIsLeft(cloud);
    }
    /** The daemon dies at the point and stays dead while the cancel is asked. */
    async function cancelledAt(step: Step, who: DaemonName, point: string, whoElse: DaemonName[] = []): Promise<void> {
      const task = await begin();
      if (step !== 'prepare') await upTo(task, STEPS[STEPS.indexOf(step) - 1] as Step);
      await restart(cloud, who, point);
      await user.ask(task.tid, step);
      await died(cloud, who, point);
      await user.ask(task.tid, 'cancel');
      assert.equal((await user.task(task.tid)).state, 'cancelling');
      if (who !== 'nc') await cloud.kill('nc');
      if (who !== 'nc' && !whoElse.includes(who)) await cloud.start(who);
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
