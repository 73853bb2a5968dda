// The steps of an image build in the seed's addresses. Parse by contract → call one command → reply.
import { z } from 'zod';
import { CloudError } from '@educloud/errors';
import { BeginImageCreate, BeginImageModify, EmptyBody, ImageId, InstanceId, ProgressView, StopBody, TaskView, taskId, type Step, type TaskId, say } from '@educloud/contracts';
import type { Caller, Rest } from '@educloud/rest';
import { beginImageCreate } from '../commands/image-create/begin.ts';
import { cancelImage, deleteImageTask } from '../commands/image-create/discard.ts';
import { prepareImage } from '../commands/image-create/prepare.ts';
import { retryImage } from '../commands/image-create/retry.ts';
import { runImage } from '../commands/image-create/run.ts';
import { stopImage } from '../commands/image-create/stop.ts';
import { submitImage } from '../commands/image-create/submit.ts';
import { beginImageModify } from '../commands/image-modify/begin.ts';
import type { Deps } from '../deps.ts';
import type { TaskRow } from '../store/interface.ts';
import { ownTask, userOf } from './caller.ts';
import { progressView, taskAddress, taskView } from './task-view.ts';

const SrcParams = z.object({ srcid: ImageId });
const TidParams = z.object({ srcid: ImageId, dstid: ImageId, insid: InstanceId });
type TidParams = z.output<typeof TidParams>;

const STEP: Record<Exclude<Step, 'stop'>, (deps: Deps, tid: TaskId) => Promise<TaskRow>> = {
  prepare: prepareImage,
  run: runImage,
  submit: submitImage,
  retry: retryImage,
  cancel: cancelImage,
  delete: deleteImageTask,
};

export function imageTaskRoutes(rest: Rest, deps: Deps): void {
  rest.route(
    { method: 'POST', path: '/clc/api/1.0/image/create/task/begin/:srcid', need: 'user', summary: 'Begin a new image from a source image or an installation medium', params: SrcParams, body: BeginImageCreate, reply: TaskView, status: 201 },
    async ({ params, body, caller }) => begun(deps, await beginImageCreate(deps, params.srcid, body, userOf(caller).user)),
  );
  rest.route(
    { method: 'POST', path: '/clc/api/1.0/image/modify/task/begin/:srcid', need: 'user', summary: 'Begin a new version of an image', params: SrcParams, body: BeginImageModify, reply: TaskView, status: 201 },
    async ({ params, body, caller }) => {
      await mayModify(deps, params.srcid, caller);
      return begun(deps, await beginImageModify(deps, params.srcid, body, userOf(caller).user));
    },
  );

  for (const kind of ['create', 'modify'] as const) {
    const base = `/clc/api/1.0/image/${kind}/task`;
    const tidOf = async (params: TidParams, caller: Caller): Promise<TaskId> => {
      const tid = taskId(params.srcid, params.dstid, params.insid);
      const task = await ownTask(deps.store.read, tid, caller);
      if (task.kind !== `image/${kind}`) throw new CloudError('NOT_FOUND', say('taskOfOtherKind', { tid, kind: task.kind }));
      return tid;
    };
    for (const [step, command] of Object.entries(STEP)) {
      rest.route(
        { method: 'POST', path: `${base}/${step}/:srcid/:dstid/:insid`, need: 'user', summary: `image/${kind}: ${step}`, params: TidParams, body: EmptyBody.prefault({}), reply: TaskView, status: 202 },
        async ({ params, caller }) => accepted(deps, await command(deps, await tidOf(params, caller))),
      );
    }
    rest.route(
      { method: 'POST', path: `${base}/stop/:srcid/:dstid/:insid`, need: 'user', summary: `image/${kind}: stop the guest within its grace, then force it`, params: TidParams, body: StopBody.prefault({}), reply: TaskView, status: 202 },
      async ({ params, body, caller }) => accepted(deps, await stopImage(deps, await tidOf(params, caller), body)),
    );
    rest.route(
      { method: 'GET', path: `${base}/getprogress/:srcid/:dstid/:insid`, need: 'user', summary: 'How far it is', params: TidParams, reply: ProgressView },
      async ({ params, caller }) => ({ body: await progressView(deps, await tidOf(params, caller)) }),
    );
  }
}

const location = (tid: string): Record<string, string> => ({ location: taskAddress(tid) });
const begun = async (deps: Deps, task: TaskRow) => ({ status: 201, headers: location(task.tid), body: await taskView(deps, task) });
const accepted = async (deps: Deps, task: TaskRow) => ({ status: 202, headers: location(task.tid), body: await taskView(deps, task) });

/** A new version of somebody else's image is the admin's business. */
async function mayModify(deps: Deps, imageId: ImageId, caller: Caller): Promise<void> {
  const { user, role } = userOf(caller);
  const image = await deps.store.read.images.image(imageId);
  if (image && role !== 'admin' && image.createdBy !== user) throw new CloudError('FORBIDDEN', say('imageOfOther', { image: imageId, owner: image.createdBy }));
}
