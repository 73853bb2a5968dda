// What the steps of a build promise when daemons stay away and when there are several image stores. Real plans, engine and database; no daemon.
import assert from 'node:assert/strict';
import { BeginImageCreate, CreateImage, Envelope, OS_HARDWARE, type ImageId, type TaskId, type UploadGrant, inWords } from '@educloud/contracts';
import { hasCode } from '@educloud/errors';
import { beginImageCreate } from '../../apps/clc/src/commands/image-create/begin.ts';
import { cancelImage } from '../../apps/clc/src/commands/image-create/discard.ts';
import type { Build } from '../../apps/clc/src/commands/image-create/build.ts';
import { placeInstance } from '../../apps/clc/src/commands/image-create/place.ts';
import { prepareImage } from '../../apps/clc/src/commands/image-create/prepare.ts';
import { retryImage } from '../../apps/clc/src/commands/image-create/retry.ts';
import { runImage } from '../../apps/clc/src/commands/image-create/run.ts';
import { stopImage } from '../../apps/clc/src/commands/image-create/stop.ts';
import { submitImage } from '../../apps/clc/src/commands/image-create/submit.ts';
import { deleteImage } from '../../apps/clc/src/commands/image-delete.ts';
import { createImage, resumeUpload } from '../../apps/clc/src/commands/image-upload.ts';
import { deleteOsType } from '../../apps/clc/src/commands/os-type-delete.ts';
import { modifyOsType } from '../../apps/clc/src/commands/os-type-modify.ts';
import { modifyVmType } from '../../apps/clc/src/commands/vm-type-modify.ts';
import { progressView } from '../../apps/clc/src/routes/task-view.ts';
import { onImageStatus } from '../../apps/clc/src/status/image-status.ts';
import { onTaskProgress } from '../../apps/clc/src/status/task-progress.ts';
import { daemonRow } from '../support/store-rows.ts';
import { plansForEachTest, SOURCE, STORE_1, STORE_2, type ClcPlans, type Sent } from '../support/clc-plans.ts';

const HOUR = 3_600_000;

describe('plans of the CLC', function () {
  this.timeout(30_000);
  let clc: ClcPlans;
  plansForEachTest((plans) => { clc = plans; });

  const begin = async (): Promise<TaskId> => (await beginImageCreate(clc.deps, SOURCE, BeginImageCreate.parse({ name: 'mine' }), 'anna')).tid as TaskId;
  const prepared = async (): Promise<TaskId> => {
    const tid = await begin();
    await prepareImage(clc.deps, tid);
    await clc.answerAll();
    assert.equal((await clc.task(tid)).state, 'prepared', inWords((await clc.task(tid)).message, 'en'));
    return tid;
  };
  const at = async (tid: string): Promise<string> => {
    const { phase, state } = await clc.task(tid);
    return `${phase}/${state}`;
  };

  describe('an image in use', () => {
    const advice = (): Promise<unknown> => deleteImage(clc.deps, SOURCE).then(() => 'deleted', (e: { code: string; todo?: unknown }) => [e.code, e.todo]);

    it('is not deleted; the advice names a task that can be cancelled, and no task that cannot', async () => {
      const tid = await prepared();
      assert.deepEqual(await advice(), ['IMAGE_IN_USE', { code: 'endThoseTasks', args: { tid } }]);
      await cancelImage(clc.deps, tid);
      assert.deepEqual(await advice(), ['IMAGE_IN_USE', { code: 'waitForThoseTasks' }]);
    });
  });

  describe('the machine of a build', () => {
    const sizeOf = async (order: object): Promise<number[]> => {
      const { tid } = await beginImageCreate(clc.deps, SOURCE, BeginImageCreate.parse({ name: 'mine', ...order }), 'anna');
      const { memoryMiB, cpus } = (await clc.task(tid)).options;
      return [memoryMiB, cpus];
    };
    const refusal = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'done', (e: { code: string; data?: { fields?: Array<{ field: string }> }; why?: { code: string } }) => [e.code, e.data?.fields?.[0]?.field, e.why?.code]);

    it('has the size that was given, else that of the VM type, else that of the OS type, as they were when it was begun', async () => {
      assert.deepEqual(await sizeOf({}), [512, 1]);
      assert.deepEqual(await sizeOf({ ostype: 'windows' }), [4096, 2]);
      assert.deepEqual(await sizeOf({ vmType: 'desktop' }), [2048, 2]);
      assert.deepEqual(await sizeOf({ vmType: 'desktop', memoryMiB: 3000 }), [3000, 2]);
      assert.deepEqual(await sizeOf({ ostype: 'windows', memoryMiB: 200, cpus: 3 }), [200, 3]);
      const tid = await begin();
      await modifyVmType(clc.deps, 'small', { memoryMiB: 700 }, null);
      assert.equal((await clc.task(tid)).options.memoryMiB, 512);
      assert.deepEqual(await sizeOf({}), [700, 1]);
    });

    it('of a VM type or OS type that there is not is refused, with the field named, and leaves nothing', async () => {
      const images = await clc.deps.store.read.images.countImages();
      const order = (set: object) => beginImageCreate(clc.deps, SOURCE, BeginImageCreate.parse({ name: 'mine', ...set }), 'anna');
      assert.deepEqual(await refusal(order({ vmType: 'huge' })), ['BAD_REQUEST', 'vmType', 'noVmType']);
      assert.deepEqual(await refusal(order({ ostype: 'cp-m' })), ['BAD_REQUEST', 'ostype', 'noOsType']);
      assert.deepEqual(await refusal(createImage(clc.deps, CreateImage.parse({ name: 'up', ostype: 'cp-m', usage: 'server', sizeBytes: 1000 }), 'anna')), ['BAD_REQUEST', 'ostype', 'noOsType']);
      assert.equal(await clc.deps.store.read.images.countImages(), images);
    });

    it('starts with the hardware its OS type has then, also after a change between two starts', async () => {
      const tid = await prepared();
      await runImage(clc.deps, tid);
      const hardware = async (): Promise<unknown> => {
        await clc.answerAll('startDomain');
        return ((await clc.answer()).params['guest'] as { hardware: unknown }).hardware;
      };
      assert.deepEqual(await hardware(), OS_HARDWARE.linux);
      await stopImage(clc.deps, tid, { force: true });
      await clc.answerAll();
      await modifyOsType(clc.deps, 'linux', { video: 'qxl', audio: 'hda' }, null);
      await runImage(clc.deps, tid);
      assert.deepEqual(await hardware(), { ...OS_HARDWARE.linux, video: 'qxl', audio: 'hda' });
    });

    it('keeps its OS type: one that an image has is not deleted, and of a deletion and an image at once one wins', async () => {
      assert.deepEqual(await refusal(deleteOsType(clc.deps, 'linux', null)), ['TYPE_IN_USE', undefined, 'osTypeUsedBy']);
      assert.ok(await clc.deps.store.read.osTypes.osType('linux'));
      const outcomes = await Promise.all([refusal(beginImageCreate(clc.deps, SOURCE, BeginImageCreate.parse({ name: 'mine', ostype: 'other' }), 'anna')), refusal(deleteOsType(clc.deps, 'other', null))]);
      assert.equal(outcomes.filter((outcome) => outcome === 'done').length, 1, JSON.stringify(outcomes));
      const withIt = await clc.deps.store.read.images.imagesOfType('other');
      assert.equal(withIt.length > 0, (await clc.deps.store.read.osTypes.osType('other')) !== null);
    });
  });

  describe('a cancel whose node stays away', () => {
    it('waits in cancelling, is stuck after an hour, and counts as stuck', async () => {
      const tid = await prepared();
      await cancelImage(clc.deps, tid);
      await clc.later(HOUR / 2);
      assert.equal(await at(tid), 'preparing/cancelling');
      await clc.later(HOUR);
      assert.equal(await at(tid), 'preparing/stuck');
      assert.equal((await clc.task(tid)).failedStep, 'cancel');
      assert.deepEqual(await clc.deps.store.read.tasks.counts(), { active: 1, stuck: 1 });
      assert.equal((await clc.deps.store.read.saga.counts()).stuck, 1);
    });

    it('goes on by retry, and ends', async () => {
      const tid = await prepared();
      await cancelImage(clc.deps, tid);
      await clc.later(2 * HOUR);
      await retryImage(clc.deps, tid);
      assert.equal(await at(tid), 'preparing/cancelling');
      await clc.answerAll();
      const task = await clc.task(tid);
      assert.deepEqual([task.state, task.error, task.failedStep], ['cancelled', null, null]);
    });

    it('goes on when the daemon is back, and also when it was only late with its answer', async () => {
      for (const back of ['registers', 'answers late']) {
        const tid = await prepared();
        await cancelImage(clc.deps, tid);
        await clc.sent();
        await clc.later(2 * HOUR);
        assert.equal(await at(tid), 'preparing/stuck', back);
        if (back === 'registers') await clc.deps.saga.onDaemonRegistered('nc-00000001');
        await clc.answerAll();
        assert.equal(await at(tid), 'preparing/cancelled', back);
      }
    });

    it('may be asked for again, or turned into a delete', async () => {
      const tid = await prepared();
      await cancelImage(clc.deps, tid);
      await clc.later(2 * HOUR);
      await cancelImage(clc.deps, tid);
      assert.equal(await at(tid), 'preparing/cancelling');
      await clc.answerAll();
      assert.equal(await at(tid), 'preparing/cancelled');
    });
  });

  describe('an upload that ends after its image was given up', () => {
    const begun = (): Promise<UploadGrant> => createImage(clc.deps, CreateImage.parse({ name: 'up', ostype: 'linux', usage: 'server', format: 'qcow2', sizeBytes: 1000 }), 'anna');
    const arrived = (grant: UploadGrant): Promise<void> =>
      onImageStatus(clc.deps, Envelope.parse({
        v: 1, id: 'm', name: 'imagestatus', source: { node: STORE_1, epoch: 1 },
        body: { imageId: grant.imageId, version: grant.version, outcome: 'available', sha256: 'b'.repeat(64), sizeBytes: 1000, virtualSizeBytes: 1000, format: 'qcow2', tid: null },
      }));
    const removed = async (): Promise<string[]> => (await clc.answerAll()).map((s) => `${s.job} ${s.target}`);
    const state = async (grant: UploadGrant): Promise<string | undefined> => (await clc.deps.store.read.images.version(grant.imageId, grant.version))?.state;

    it('is removed from the store: deleted before, or while it is being deleted', async () => {
      for (const deletedFirst of [true, false]) {
        const grant = await begun();
        await deleteImage(clc.deps, grant.imageId as ImageId);
        if (deletedFirst) assert.deepEqual(await removed(), [`deleteVersion ${STORE_1}`]);
        else await clc.sent();
        await arrived(grant);
        assert.equal((await removed()).at(-1), `deleteVersion ${STORE_1}`);
        assert.equal(await state(grant), 'deleted');
      }
    });

    it('is removed when the upload had been closed as abandoned, and kept when nobody gave it up', async () => {
      const [closed, kept] = [await begun(), await begun()];
      await clc.deps.store.transaction((tx) => tx.images.setVersion(closed.imageId, closed.version, ['uploading'], { state: 'refused' }));
      await arrived(closed);
      assert.deepEqual(await removed(), [`deleteVersion ${STORE_1}`]);
      assert.equal(await state(closed), 'refused');
      await arrived(kept);
      await arrived(kept);
      assert.deepEqual(await removed(), []);
      assert.equal(await state(kept), 'available');
    });
  });

  it('R108 a cluster controller of the first version, all of whose nodes are full, is asked once', async () => {
    let asked = 0;
    const rank = async () => {
      if (++asked > 3) throw new Error('asked again and again');
      return { candidates: [{ ncId: daemonRow(1).id, name: 'node-1', fits: false, score: 0, reason: 'full' }] };
    };
    const task = await clc.task(await begin());
    const instance = await clc.deps.store.read.instances.instance(task.insId);
    await assert.rejects(placeInstance({ ...clc.deps, rank }, { task, instance } as Build), (e) => hasCode(e, 'NO_CAPACITY'));
    assert.equal(asked, 1);
  });
  it('a second prepare in the first moments of one says what is going on and what is allowed', async () => {
    const tid = await begin();
    await prepareImage(clc.deps, tid);
    await assert.rejects(prepareImage(clc.deps, tid), { code: 'STEP_IN_PROGRESS', data: { phase: 'preparing', state: 'pending', allowed: ['cancel', 'delete'] } });
  });

  describe('with several image stores', () => {
    const stopped = async (): Promise<TaskId> => {
      const tid = await prepared();
      await runImage(clc.deps, tid);
      await clc.answerAll();
      await stopImage(clc.deps, tid, { force: false });
      await clc.answerAll();
      assert.equal(await at(tid), 'editing/stopped', inWords((await clc.task(tid)).message, 'en'));
      return tid;
    };
    const turn = async (): Promise<void> => {
      await clc.daemon(STORE_1, { state: 'down' });
      await clc.daemon(STORE_2, { state: 'up' });
    };

    it('the source comes from the store that holds it, whichever is up', async () => {
      await turn();
      const tid = await begin();
      await prepareImage(clc.deps, tid);
      const [cache] = await clc.sent();
      assert.equal(cache?.job, 'cacheImage');
      assert.match((cache?.params['source'] as { url: string }).url, /^http:\/\/store-1\//);
    });

    it('a submit keeps to the store it began with, and the version is registered there', async () => {
      const tid = await stopped();
      await submitImage(clc.deps, tid);
      const asked = await clc.answerAll('uploadToCluster');
      assert.equal(asked.find((s) => s.job === 'reserveUpload')?.target, STORE_1);
      await turn();
      const later = await clc.answerAll();
      assert.match((later.find((s) => s.job === 'uploadToStore')?.params['target'] as { uploadUrl: string }).uploadUrl, /^http:\/\/store-1\//);
      const { dstImageId, dstVersion, state } = await clc.task(tid);
      assert.equal(state, 'submitted');
      assert.equal((await clc.deps.store.read.images.version(dstImageId, dstVersion))?.walrusId, STORE_1);
    });

    it('a cancelled submit is removed from the store it began with; one that is repeated may choose another', async () => {
      const tid = await stopped();
      await submitImage(clc.deps, tid);
      await clc.answerAll('uploadToCluster');
      await turn();
      await clc.answer({ code: 'HYPERVISOR_FAILED', message: 'no', retryable: false });
      await clc.answerAll();
      assert.equal(await at(tid), 'editing/stopped');
      await submitImage(clc.deps, tid);
      const asked = await clc.answerAll('uploadToCluster');
      assert.equal(asked.find((s) => s.job === 'reserveUpload')?.target, STORE_2);
      await clc.daemon(STORE_1, { state: 'up' });
      await cancelImage(clc.deps, tid);
      const removed = await clc.answerAll();
      assert.equal(removed.find((s) => s.job === 'discardUpload')?.target, STORE_2);
      assert.equal(await at(tid), 'submitting/cancelled');
    });

    it('a repeated submit begins its bar at the start again', async () => {
      const tid = await stopped();
      const shown = async (): Promise<number> => (await progressView(clc.deps, tid)).progress;
      const progress = async (percent: number): Promise<void> => {
        const [{ envelope, job }] = (await clc.sent()) as [Sent];
        await onTaskProgress({ progress: clc.progress, now: clc.deps.now }, tid, 'image/create/submit', job, Number(envelope.jobId?.split('/')[1]), { jobId: envelope.jobId ?? '', op: 'do', attempt: 1, outcome: 'progress', percent });
      };
      await submitImage(clc.deps, tid);
      await clc.answerAll('uploadToStore');
      await progress(50);
      assert.ok((await shown()) > 60);
      await clc.answer({ code: 'BAD_REQUEST', message: 'no', retryable: false });
      await clc.answerAll();
      await submitImage(clc.deps, tid);
      assert.equal(await shown(), 0);
      await progress(50);
      assert.equal(await shown(), 15);
    });

    it('an upload that is resumed goes to the store it was begun in', async () => {
      const order = CreateImage.parse({ name: 'up', ostype: 'linux', usage: 'server', format: 'qcow2', sizeBytes: 1000 });
      const first = await createImage(clc.deps, order, 'anna');
      await clc.daemon(STORE_2, { state: 'up' });
      assert.equal((await resumeUpload(clc.deps, first.imageId as ImageId, first.version)).uploadUrl, first.uploadUrl);
      await turn();
      await assert.rejects(resumeUpload(clc.deps, first.imageId as ImageId, first.version), { code: 'STORE_UNAVAILABLE' });
    });
  });
});
