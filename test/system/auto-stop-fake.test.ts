// Shut down by itself on five processes with fake guests: by time and when nobody uses it, each told before; whoever opens the screen, or works,
// keeps it on; and also after the cloud controller was killed in between. Only the clock of the cloud controller is turned on, minute by minute.
import assert from 'node:assert/strict';
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { WebSocket } from 'ws';
import type { InstanceView } from '@educloud/contracts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { builderOf } from '../support/build-flow.ts';
import { eventually } from '../support/eventually.ts';
import { instanceUserOf, type InstanceUser } from '../support/instance-flow.ts';
import { keepLogs } from '../support/keep-logs.ts';
import { allowStart, freshDatabase, freshRedis, freshVhost } from '../support/servers.ts';

const MINUTE = 60_000;

describe('an instance that shuts down by itself (fake guests)', function () {
  this.timeout(180_000);
  let dir = '';
  let cloud: Cloud;
  let user: InstanceUser;
  let image = '';
  let minutes = 0;

  before(async function () {
    allowStart(this);
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-autostop-'));
    await chmod(dir, 0o755);
    const [amqpUrl, clusterAmqpUrl, dbUrl, redisUrl] = await Promise.all([freshVhost(), freshVhost(), freshDatabase(), freshRedis()]);
    const overrides = { clc: { clockFile: path.join(dir, 'clock'), membership: { inventoryMs: 1000 } } };
    cloud = await startCloud({ dir: path.join(dir, 'cloud'), mode: 'distributed', hypervisor: 'fake', overrides, servers: { amqpUrl, clusterAmqpUrl, dbUrl, redisUrl, libvirtUri: null } });
    user = await instanceUserOf(cloud);
    const builder = await builderOf(cloud);
    const file = path.join(dir, 'source.raw');
    await writeFile(file, Buffer.alloc(512 * 1024, 7));
    image = await builder.upload(file, { name: 'source', format: 'raw' });
  });
  after(async function () {
    this.timeout(60_000);
    await cloud?.stop();
    keepLogs(this.test?.parent, path.join(dir, 'cloud'));
    await rm(dir, { recursive: true, force: true });
  });

  async function pass(): Promise<void> {
    minutes += 1;
    await writeFile(path.join(dir, 'clock.new'), `${minutes * MINUTE}\n`);
    await rename(path.join(dir, 'clock.new'), path.join(dir, 'clock'));
  }
  const run = async (autoStop: Record<string, unknown>): Promise<InstanceView> => {
    const { id } = await user.define({ name: 'seat', imageId: image, kind: 'rvd', autoStop });
    const view = await user.do(id, 'run');
    assert.equal(view.status, 'ACTIVE', view.message);
    return view;
  };
  const becomes = (id: string, what: string, is: (view: InstanceView) => boolean): Promise<InstanceView> =>
    eventually(what, async () => {
      const view = await user.instance(id);
      return is(view) ? view : null;
    }, 40_000);
  const open = async (id: string): Promise<WebSocket> => {
    const { url, token } = await user.console(id);
    const screen = new WebSocket(new URL(url, cloud.json.clcUrl.replace(/^http/, 'ws')), { headers: { Authorization: `Bearer ${token}` } });
    await new Promise((resolve, reject) => { screen.once('message', resolve); screen.once('error', reject); });
    screen.on('error', () => undefined);
    return screen;
  };
  const told = (id: string): Promise<InstanceView> => becomes(id, 'told', (view) => view.said?.code === 'autoStopSoon');

  it('by time: is told, put off by its owner, told again and stopped, with the reason', async () => {
    const { id } = await run({ afterMinutes: 3, warnMinutes: 1 });
    await pass();
    await pass();
    const warned = await told(id);
    assert.match(warned.message, /it has run as long as it shall; it can be put off/);
    assert.ok(warned.autoStopAt !== null && warned.allowed.includes('extend'));
    await user.ask(id, 'extend', { minutes: 2 });
    const putOff = await user.instance(id);
    assert.deepEqual([putOff.autoStopAt, putOff.putOffUntil, putOff.message], [null, (warned.autoStopAt ?? 0) + 2 * 60_000, 'running']);
    await pass();
    await pass();
    assert.ok(((await told(id)).autoStopAt ?? 0) > (warned.autoStopAt ?? 0));
    await pass();
    const off = await becomes(id, 'off', (view) => view.status === 'SHUTOFF');
    assert.match(off.message, /by itself \(it has run as long as it shall\)/);
    await user.do(id, 'delete');
  });
  it('when nobody uses it: whoever opens its screen keeps it on, also after it was told; another is stopped, the controller killed in between', async () => {
    const watched = await run({ idleMinutes: 2, warnMinutes: 1 });
    const left = await run({ idleMinutes: 3, warnMinutes: 1 });
    const busy = await run({ idleMinutes: 2, warnMinutes: 1 });
    await writeFile(path.join(cloud.layout.data('nc'), 'fake-guests', `${busy.id}.busy`), '60');
    for (const { id } of [watched, left]) await becomes(id, 'seen idle', (view) => view.idleSince !== null);
    await becomes(busy.id, 'seen busy', (view) => view.idleSince === null);
    await pass();
    await told(watched.id);
    await open(watched.id);
    assert.equal((await becomes(watched.id, 'taken back', (view) => view.autoStopAt === null)).message, 'running');

    const { idleSince } = await user.instance(left.id);
    await cloud.kill('clc');
    await cloud.start('clc');
    await cloud.ready('clc');
    // It went through the controller: as the page does, it is opened again.
    const screen = await open(watched.id);
    await becomes(watched.id, 'seen in use again', (view) => view.idleSince === null);
    assert.equal((await becomes(left.id, 'idle still', (view) => view.idleSince !== null)).idleSince, idleSince, 'its time did not begin anew');
    await pass();
    await told(left.id);
    await pass();
    const off = await becomes(left.id, 'off', (view) => view.status === 'SHUTOFF');
    assert.match(off.message, /by itself \(nobody uses it\)/);
    for (const { id } of [watched, busy]) assert.deepEqual([(await user.instance(id)).status, (await user.instance(id)).idleSince], ['ACTIVE', null]);
    screen.close();
    for (const { id } of [watched, left, busy]) await user.do(id, 'delete');
  });
});
