// What the cloud mends by itself, and what an admin may tell it: answers that were lost, orphans, a node that was switched off.
// Five real processes on private real servers; only the guests are fake.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { TaskView } from '@educloud/contracts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { builderOf, type Builder } from '../support/build-flow.ts';
import { eventually } from '../support/eventually.ts';
import { keepLogs } from '../support/keep-logs.ts';
import { died, restart } from '../support/kills.ts';
import { nothingIsLeft } from '../support/leftovers.ts';
import { allowStart, freshDatabase, freshRedis, freshVhost } from '../support/servers.ts';

describe('a cloud that repairs itself (fake guests)', function () {
  this.timeout(120_000);
  let dir = '';
  let cloud: Cloud;
  let user: Builder;
  let token = '';

  before(async function () {
    allowStart(this);
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-repair-'));
    await chmod(dir, 0o755);
    const [amqpUrl, clusterAmqpUrl, dbUrl, redisUrl] = await Promise.all([freshVhost(), freshVhost(), freshDatabase(), freshRedis()]);
    cloud = await startCloud({ dir: path.join(dir, 'cloud'), mode: 'distributed', hypervisor: 'fake', servers: { amqpUrl, clusterAmqpUrl, dbUrl, redisUrl, libvirtUri: null } });
    user = await builderOf(cloud);
    token = ((await (await post('/login', { user: cloud.json.adminUser, password: cloud.json.adminPassword })).json()) as { token: string }).token;
  });
  after(async function () {
    this.timeout(60_000);
    await cloud?.stop();
    keepLogs(this.test?.parent, path.join(dir, 'cloud'));
    await rm(dir, { recursive: true, force: true });
  });

  const post = (at: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${cloud.json.clcUrl}/clc/api/1.0${at}`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}), ...headers }, body: JSON.stringify(body), signal: AbortSignal.timeout(30_000) });

  let images = 0;
  /** An image nobody has in a cache yet. */
  async function source(): Promise<string> {
    const file = path.join(dir, `source-${++images}.raw`);
    await writeFile(file, randomBytes(256 * 1024));
    const id = await user.upload(file, { name: `source-${images}`, format: 'raw' });
    await rm(file);
    return id;
  }

  it('R201: a POST whose answer was lost in a crash is answered with the same task when it comes again under its key', async () => {
    const at = `/image/create/task/begin/${await source()}`;
    const order = { name: 'once only' };
    const key = { 'Idempotency-Key': 'lost-answer' };
    await restart(cloud, 'clc', 'answer:before');
    await assert.rejects(post(at, order, key), 'the CLC was to die before it answered');
    await died(cloud, 'clc', 'answer:before');
    await cloud.start('clc');
    await cloud.ready('clc');
    const again = await eventually('the same request is answered', async () => {
      const response = await post(at, order, key);
      return response.status === 201 ? response : null;
    });
    const task = TaskView.parse(await again.json());
    assert.equal(again.headers.get('Location'), `/clc/api/1.0/tasks/${task.tid}`);
    const all = (await (await fetch(`${cloud.json.clcUrl}/clc/api/1.0/tasks`, { headers: { Authorization: `Bearer ${token}` } })).json()) as { items: TaskView[] };
    assert.deepEqual(all.items.map((t) => t.tid), [task.tid]);
    await user.do(task.tid, 'delete');
    await nothingIsLeft(cloud);
  });
});
