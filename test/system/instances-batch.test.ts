// A class on five processes with fake guests, whose cloud controller is killed in the middle: no member is lost, none is there twice, all end.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { BatchView, type CreateBatch } from '@educloud/contracts';
import { eventually } from '../support/eventually.ts';
import { dying } from '../support/kills.ts';
import { nothingIsLeft, rowsOf } from '../support/leftovers.ts';
import { killScene } from './kill-fake/scene.ts';

/** One node: a host of two processors takes sixteen. */
const CLASS = 14;

describe('a class whose cloud controller dies (fake guests)', function () {
  this.timeout(240_000);
  const scene = killScene();
  let image = '';
  let token = '';
  before(async () => {
    const task = await scene.begin();
    image = task.srcImageId;
    await scene.user.do(task.tid, 'cancel');
    token = (await (await fetch(`${scene.cloud.json.clcUrl}/clc/api/1.0/login`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user: scene.cloud.json.adminUser, password: scene.cloud.json.adminPassword }) })).json() as { token: string }).token;
  });

  async function send(method: string, at: string, body?: unknown, key?: string): Promise<BatchView> {
    const response = await fetch(`${scene.cloud.json.clcUrl}/clc/api/1.0${at}`, {
      method, headers: { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...(key ? { 'Idempotency-Key': key } : {}) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }), signal: AbortSignal.timeout(20_000),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return BatchView.parse(await response.json());
  }
  /** Asked again under the same key until there is an answer. */
  async function batch(body: CreateBatch): Promise<BatchView> {
    const key = randomUUID();
    const { id } = await eventually('the batch is taken', () => send('POST', '/batches', body, key), 60_000);
    return eventually('the batch has ended', async () => { const now = await send('GET', `/batches/${id}`); return now.state === 'running' ? null : now; }, 120_000);
  }

  it('starts whole, stops whole and goes whole, wherever the controller is killed', async () => {
    let class_: BatchView | undefined;
    await dying(scene.cloud, 'clc', ['answer:before', 'batch:some', 'batch:some'], async () => {
      class_ = await batch({ action: 'define-and-run', count: CLASS, definition: { name: 'pc-{n}', imageId: image, kind: 'rvd', vmType: 'tiny' } });
    });
    assert.deepEqual([class_?.state, class_?.counts.done, class_?.progress], ['done', CLASS, 100], JSON.stringify(class_?.members.filter((m) => m.error)));
    assert.equal((await rowsOf(scene.cloud, "SELECT id FROM user_instances WHERE status = 'ACTIVE'")).length, CLASS);
    assert.equal((await rowsOf(scene.cloud, 'SELECT id FROM batches')).length, 1);
    const ids = class_!.members.map((member) => member.id) as never[];
    await dying(scene.cloud, 'clc', ['batch:some'], async () => assert.equal((await batch({ action: 'stop', ids })).state, 'done'));
    await dying(scene.cloud, 'clc', ['batch:some', 'batch:some'], async () => assert.equal((await batch({ action: 'delete', ids })).state, 'done'));
    await nothingIsLeft(scene.cloud, 60_000);
  });
});
