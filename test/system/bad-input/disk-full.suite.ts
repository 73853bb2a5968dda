// A full disk at each place a build needs one: the step fails saying where and how much is missing, nothing half-made stays,
// the edited disk is kept, and after making room the same step ends well. Other guests live on.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TaskView } from '@educloud/contracts';
import type { DaemonName } from '../../../tools/cloud/layout.ts';
import { nothingIsLeft } from '../../support/leftovers.ts';
import { MIB, type Scene } from './scene.ts';

const SIZE = 8 * MIB;
/** The node's `reserveBytes` in this scene: its disk tool keeps so much free for the overlays of running guests. */
const NODE_RESERVE = MIB;

export function diskFullSuite(theScene: () => Scene): void {
  describe('a full disk', function () {
    this.timeout(120_000);
    let scene: Scene;
    let src: string;
    let bystander: TaskView | undefined;
    before(async function () {
      scene = theScene();
      if (!scene.hasSmallDisks) this.skip();
      src = await scene.build.upload(await scene.imageFile('full.qcow2', SIZE), { name: 'eight MiB', format: 'qcow2' });
      bystander = await scene.build.begin(src);
      await scene.build.do(bystander.tid, 'prepare');
      assert.equal((await scene.build.do(bystander.tid, 'run')).state, 'running');
    });
    afterEach('room again, and the other guest has noticed nothing', async () => {
      for (const daemon of ['walrus', 'cc', 'nc'] as const) await scene.leaveFree(daemon, null);
      if (bystander) assert.equal((await scene.build.task(bystander.tid)).vmstatus, 'running');
    });
    after(async () => {
      if (!bystander) return;
      await scene.build.do(bystander.tid, 'delete');
      await scene.build.deleteImage(src);
      await nothingIsLeft(scene.cloud, 20_000);
    });

    const unfinished = async (): Promise<string[]> => {
      const found: string[] = [];
      for (const daemon of ['walrus', 'cc', 'nc'] as const) {
        const names = await readdir(scene.cloud.layout.data(daemon), { recursive: true });
        found.push(...names.filter((name) => /\.(part|tmp|new)$|^(staging|incoming)\/.*\.(qcow2|json)$/.test(name)).map((name) => `${daemon}: ${name}`));
      }
      return found;
    };
    const diskOf = (task: TaskView): string => path.join(scene.cloud.layout.data('nc'), 'instances', task.insId, 'disk.qcow2');
    const sha = async (file: string): Promise<string> => createHash('sha256').update(await readFile(file)).digest('hex');

    /** The error names the place and the amount, and somebody who reads the message knows both. */
    function assertSaysWhere(task: TaskView, step: string, where: RegExp): void {
      const { error } = task;
      assert.equal(error?.code, 'DISK_FULL', `${task.phase}/${task.state} ${JSON.stringify(error)}`);
      assert.equal(task.failedStep, step);
      assert.match(String(error?.data?.['where']), where);
      const missing = Number(error?.data?.['missingBytes']);
      assert.ok(missing > 0 && missing < 400 * MIB, `missing ${missing}`);
      assert.match(error?.message ?? '', where);
      assert.match(error?.message ?? '', /\d+(\.\d+)? ?(bytes|[KMG]iB)/);
    }
    async function retried(task: TaskView, state: string): Promise<TaskView> {
      const { code, err } = await scene.edu('task', 'retry', task.tid, '--wait', '--timeout', '60s');
      assert.equal(code, 0, err);
      const after = await scene.build.rests(task.tid);
      assert.equal(after.state, state, after.message);
      assert.equal(after.error, null);
      return after;
    }
    /** What a guest would have written. */
    async function edited(): Promise<TaskView> {
      const { tid } = await scene.build.begin(src);
      for (const step of ['prepare', 'run', 'stop'] as const) await scene.build.do(tid, step);
      const task = await scene.build.task(tid);
      assert.equal(task.state, 'stopped', task.message);
      const disk = await readFile(diskOf(task));
      disk.write(`edited by ${tid}`, disk.length - 4096);
      await writeFile(diskOf(task), disk);
      return task;
    }
    async function ends(task: TaskView): Promise<void> {
      const done = await scene.build.task(task.tid);
      await scene.build.do(task.tid, 'delete');
      if (done.state === 'submitted') await scene.build.deleteImage(done.dstImageId);
    }

    const SUBMITS: Array<[string, DaemonName, number, RegExp]> = [
      ['on the node while flattening', 'nc', NODE_RESERVE + 2 * MIB, /nc-1/],
      ['on the cluster while staging', 'cc', 4 * MIB, /cluster-1/],
      ['on the image store while uploading', 'walrus', 4 * MIB, /walrus-1/],
    ];
    for (const [what, daemon, free, where] of SUBMITS) {
      it(`${what}: the edited disk is kept`, async () => {
        const task = await edited();
        const disk = await sha(diskOf(task));
        await scene.leaveFree(daemon, free);
        const failed = await scene.build.do(task.tid, 'submit');
        assert.equal(`${failed.phase}/${failed.state}`, 'editing/stopped', failed.message);
        assertSaysWhere(failed, 'submit', where);
        assert.match(failed.kept?.what ?? '', /edited disk/);
        assert.equal(await sha(diskOf(task)), disk);
        assert.deepEqual(await unfinished(), []);
        await scene.leaveFree(daemon, null);
        const submitted = await retried(failed, 'submitted');
        assert.equal((await scene.build.image(submitted.dstImageId)).latest?.sha256, submitted.result?.sha256);
        await ends(submitted);
      });
    }

    it('on the image store while a person uploads: exit code 1, nothing kept, and the same command ends well later', async () => {
      const file = await scene.imageFile('person.qcow2', SIZE);
      const upload = () => scene.edu('image', 'upload', file, '--name', 'when there is room', '--ostype', 'linux', '--usage', 'server', '--output', 'json');
      await scene.leaveFree('walrus', 4 * MIB);
      const failed = await upload();
      assert.equal(failed.code, 1, failed.err);
      assert.match(failed.err, /DISK_FULL|not enough space/);
      assert.match(failed.err, /walrus-1/);
      assert.match(failed.err, /\d+ bytes|[KMG]iB/);
      assert.deepEqual(await unfinished(), []);
      await scene.leaveFree('walrus', null);
      const done = await upload();
      assert.equal(done.code, 0, done.err);
      await scene.build.deleteImage((JSON.parse(done.out) as { imageId: string }).imageId);
    });

    // The caches hold what was built before, and give it up for what is new: the image is larger than all of that together.
    const PREPARES: Array<[string, DaemonName, RegExp]> = [['on the node while fetching', 'nc', /nc-1.*images/], ['on the cluster while caching', 'cc', /cluster-1.*images/]];
    for (const [what, daemon, where] of PREPARES) {
      it(`${what}: failed and clean, and prepared when there is room`, async () => {
        const own = await scene.build.upload(await scene.imageFile('own.qcow2', (daemon === 'nc' ? 2 : 5) * SIZE), { name: 'not cached anywhere', format: 'qcow2' });
        const { tid } = await scene.build.begin(own);
        await scene.leaveFree(daemon, 4 * MIB);
        const failed = await scene.build.do(tid, 'prepare');
        assert.equal(failed.state, 'failed', failed.message);
        assertSaysWhere(failed, 'prepare', where);
        assert.deepEqual(await unfinished(), []);
        await assert.rejects(stat(diskOf(failed)));
        await scene.leaveFree(daemon, null);
        await ends(await retried(failed, 'prepared'));
        await scene.build.deleteImage(own);
      });
    }
  });
}
