// A person who builds images through the public API of a cloud whose daemons come and go: waits, asks again, never assumes.
// For the kill tests and whatever else carries a build from begin to submit.
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { isResting, TaskView, UploadGrant, ImageView, type ImageFormat } from '@educloud/contracts';
import { sendUpload } from '@educloud/images';
import type { Cloud } from '../../tools/cloud/start.ts';
import { eventually } from './eventually.ts';

type Step = 'prepare' | 'run' | 'stop' | 'submit' | 'retry' | 'cancel' | 'delete';

export interface Builder {
  /** Uploads a file as a new image and waits until it can be used. */
  upload(file: string, options: { name: string; format: ImageFormat }): Promise<string>;
  begin(srcId: string, options?: Record<string, unknown>): Promise<TaskView>;
  /** Asks for a step until the cloud has taken it, also when the CLC dies while it is asked. */
  ask(tid: string, step: Step, body?: unknown): Promise<void>;
  /** The task as soon as nothing is under way any more. */
  rests(tid: string, withinMs?: number): Promise<TaskView>;
  task(tid: string): Promise<TaskView>;
  /** ask + rests. */
  do(tid: string, step: Step, body?: unknown): Promise<TaskView>;
  image(id: string): Promise<ImageView>;
  deleteImage(id: string): Promise<void>;
}

const PATIENCE_MS = 60_000;
/** Where a step leads at once: when the task is there, it was taken although no answer came. */
const TAKEN: Record<Step, (task: TaskView, before: TaskView) => boolean> = {
  prepare: (t, b) => t.plans.length > b.plans.length,
  run: (t, b) => t.plans.length > b.plans.length,
  stop: (t, b) => t.plans.length > b.plans.length,
  submit: (t, b) => t.plans.length > b.plans.length,
  retry: (t, b) => t.plans.length > b.plans.length,
  cancel: (t) => ['cancelling', 'cancelled', 'deleted'].includes(t.state),
  delete: (t) => ['cancelling', 'cancelled', 'deleted'].includes(t.state),
};

export async function builderOf(cloud: Pick<Cloud, 'json'>): Promise<Builder> {
  const base = `${cloud.json.clcUrl}/clc/api/1.0`;
  const { token } = await send<{ token: string }>('POST', '/login', { user: cloud.json.adminUser, password: cloud.json.adminPassword });

  async function send<T>(method: string, at: string, body?: unknown, bearer?: string): Promise<T> {
    const response = await fetch(`${base}${at}`, {
      method, signal: AbortSignal.timeout(30_000),
      headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw Object.assign(new Error(`${method} ${at}: ${response.status} ${text}`), { status: response.status });
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
  /** No answer, or "not now": asked again. A refusal is a refusal. */
  const patiently = <T>(what: string, work: () => Promise<T>): Promise<NonNullable<T>> => {
    let refusal: unknown = null;
    return eventually(what, async () => {
      try {
        return (await work()) ?? (true as T);
      } catch (e) {
        const status = (e as { status?: number }).status ?? 503;
        if (status >= 500) throw e;
        refusal = e;
        return true as T;
      }
    }, PATIENCE_MS).then((answer) => {
      if (refusal) throw refusal as Error;
      return answer;
    });
  };
  const get = <T>(at: string): Promise<T> => patiently(`GET ${at}`, () => send<T>('GET', at, undefined, token)) as Promise<T>;
  const task = async (tid: string): Promise<TaskView> => TaskView.parse(await get(`/tasks/${tid}`));
  const kindOf = (t: TaskView): string => t.kind.replace('image/', '');
  const image = async (id: string): Promise<ImageView> => ImageView.parse(await get(`/images/${id}`));

  const builder: Builder = {
    task,
    image,
    async upload(file, { name, format }) {
      const { size } = await stat(file);
      const grant = UploadGrant.parse(await send('POST', '/images', { name, ostype: 'linux', usage: 'server', format, sizeBytes: size }, token));
      await sendUpload({ uploadUrl: grant.uploadUrl, ticket: grant.ticket, image: { imageId: grant.imageId, version: grant.version, sizeBytes: size }, path: file, signal: new AbortController().signal });
      await eventually(`${name} is available`, async () => (await image(grant.imageId)).latest !== null, PATIENCE_MS);
      return grant.imageId;
    },
    async begin(srcId, options = {}) {
      return TaskView.parse(await patiently('begin', () => send('POST', `/image/create/task/begin/${srcId}`, { name: `built-${randomBytes(4).toString('hex')}`, ...options }, token)));
    },
    async ask(tid, step, body = {}) {
      const before = await task(tid);
      const at = `/image/${kindOf(before)}/task/${step}/${tid.replaceAll(':', '/')}`;
      await eventually(`${step} is taken`, async () => {
        try {
          await send('POST', at, body, token);
          return true;
        } catch (e) {
          const taken = TAKEN[step](await task(tid), before);
          if (!taken && ((e as { status?: number }).status ?? 503) < 500) return { refused: e };
          if (!taken) throw e;
          return true;
        }
      }, PATIENCE_MS).then((answer) => {
        if (answer !== true) throw answer.refused;
      });
    },
    rests: (tid, withinMs = PATIENCE_MS) => {
      let last = '';
      return eventually('the task rests', async () => {
        const now = await task(tid);
        last = `${now.phase}/${now.state}: ${now.message}`;
        return isResting(now.state) && now.plans.every((p) => !['running', 'unwinding'].includes(p.state)) ? now : null;
      }, withinMs).catch((e: unknown) => {
        throw new Error(`the task does not come to rest: ${last}`, { cause: e });
      });
    },
    async do(tid, step, body) {
      await builder.ask(tid, step, body);
      return builder.rests(tid);
    },
    async deleteImage(id) {
      await patiently('delete image', () => send('DELETE', `/images/${id}`, undefined, token)).catch((e: unknown) => {
        // The answer to an earlier try was lost.
        if ((e as { status?: number }).status !== 404) throw e;
      });
    },
  };
  return builder;
}
