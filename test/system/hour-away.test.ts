// The cloud controller is away for an hour, by everybody's clock: guests stay up and can be reached, what ended meanwhile is told afterwards, nothing
// is taken for dead or late that was not, and what really ran out of time says so and can be tried again.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { ConsoleGrant, TaskView } from '@educloud/contracts';
import { WebSocket } from 'ws';
import { daemonsOf, type DaemonName } from '../../tools/cloud/layout.ts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { journalOf, unreportedOf } from '../faults/evidence/journals.ts';
import { fakeGuestFiles } from '../faults/observers/guests.ts';
import { builderOf, type Builder } from '../support/build-flow.ts';
import { eventually } from '../support/eventually.ts';
import { keepLogs } from '../support/keep-logs.ts';
import { nothingIsLeft, rowsOf } from '../support/leftovers.ts';
import { allowStart, freshDatabase, freshRedis, freshVhost } from '../support/servers.ts';

const HOUR_MS = 3_600_000;
const DAEMONS = daemonsOf(2);
const at = (task: TaskView): string => `${task.phase}/${task.state}`;

describe('a cloud whose controller is away for an hour', function () {
  this.timeout(120_000);
  let dir = '';
  let cloud: Cloud;
  let user: Builder;

  before(async function () {
    allowStart(this);
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-hour-'));
    await chmod(dir, 0o755);
    const [amqpUrl, clusterAmqpUrl, dbUrl, redisUrl] = await Promise.all([freshVhost(), freshVhost(), freshDatabase(), freshRedis()]);
    const overrides = Object.fromEntries(DAEMONS.map((name) => [name, { clockFile: clockFile(name), ...(name === 'nc' ? { hypervisor: { fakeDelayMs: 1000 } } : {}) }]));
    cloud = await startCloud({ dir: path.join(dir, 'cloud'), mode: 'distributed', hypervisor: 'fake', nodes: 2, overrides, servers: { amqpUrl, clusterAmqpUrl, dbUrl, redisUrl, libvirtUri: null } });
    user = await builderOf(cloud);
  });
  after(async function () {
    this.timeout(60_000);
    await cloud?.stop();
    keepLogs(this.test?.parent, path.join(dir, 'cloud'));
    await rm(dir, { recursive: true, force: true });
  });

  const clockFile = (name: DaemonName): string => path.join(dir, `clock-${name}`);
  const dataOf = (name: DaemonName): string => cloud.layout.data(name);
  async function anHourPasses(): Promise<void> {
    for (const name of DAEMONS) {
      await writeFile(`${clockFile(name)}.new`, `${HOUR_MS}\n`);
      await rename(`${clockFile(name)}.new`, clockFile(name));
    }
  }
  async function prepared(src: string, node: string): Promise<TaskView> {
    const task = await user.do((await user.begin(src, { node, memoryMiB: 96 })).tid, 'prepare');
    assert.equal(at(task), 'preparing/prepared', task.error?.message);
    return task;
  }
  /** The guest's own display, past the cloud. @returns what it greets with */
  async function greetingOf(insId: string): Promise<string> {
    const folder = path.join(dataOf('nc'), 'fake-guests');
    const file = (await readdir(folder)).find((name) => name.startsWith(insId) && name.endsWith('.vnc'));
    assert.ok(file, `${insId} has no display in ${folder}`);
    const socket = connect(path.join(folder, file));
    try {
      return await new Promise((resolve, reject) => socket.once('data', (bytes: Buffer) => resolve(bytes.toString())).once('error', reject));
    } finally {
      socket.destroy();
    }
  }
  async function openScreen(tid: string): Promise<string> {
    const base = `${cloud.json.clcUrl}/clc/api/1.0`;
    const post = async <T>(where: string, body: object, token?: string): Promise<T> =>
      (await fetch(base + where, { method: 'POST', headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }, body: JSON.stringify(body) })).json() as Promise<T>;
    const { token } = await post<{ token: string }>('/login', { user: cloud.json.adminUser, password: cloud.json.adminPassword });
    const { url } = await post<ConsoleGrant>(`/tasks/${tid}/console`, {}, token);
    const screen = new WebSocket(`${cloud.json.clcUrl.replace(/^http/, 'ws')}${url}`, { headers: { authorization: `Bearer ${token}` } });
    try {
      return await new Promise((resolve, reject) => screen.once('message', (bytes: Buffer) => resolve(bytes.toString())).once('error', reject));
    } finally {
      screen.terminate();
    }
  }
  const stateOnNode = (insId: string): string | undefined => fakeGuestFiles(dataOf('nc')).find((guest) => guest.insId === insId)?.state;
  const startOf = (tid: string): { state: string } | undefined => journalOf(dataOf('nc')).find((entry) => entry.tid === tid && entry.job === 'startDomain' && entry.op === 'do');

  it('R112 finds everything as its users would expect', async () => {
    const file = path.join(dir, 'source.raw');
    await writeFile(file, randomBytes(256 * 1024));
    const src = await user.upload(file, { name: 'source', format: 'raw' });
    const [runs, starts, waiting] = await Promise.all([prepared(src, 'nc-1'), prepared(src, 'nc-1'), prepared(src, 'nc-2')]);
    assert.equal(at(await user.do(runs.tid, 'run')), 'editing/running');
    assert.match(await openScreen(runs.tid), /^RFB/);

    // One node is off and does not get to its order; the other is in the middle of one when the controller dies.
    await cloud.kill('nc-2');
    await user.ask(waiting.tid, 'run');
    await eventually('the order for the node that is off has left', async () => (await rowsOf(cloud, 'SELECT id FROM saga_outbox')).length === 0);
    await user.ask(starts.tid, 'run');
    await eventually('the guest is being started', () => startOf(starts.tid)?.state === 'running');
    await cloud.kill('clc');
    const [lastEvent] = await rowsOf(cloud, 'SELECT lastId FROM event_head');

    await eventually('the guest was started though nobody waits for it', () => startOf(starts.tid)?.state === 'done');
    assert.deepEqual(await rowsOf(cloud, "SELECT tid FROM tasks WHERE state = 'booting' ORDER BY tid"), [starts.tid, waiting.tid].sort().map((tid) => ({ tid })), 'nobody has heard of it yet');
    await anHourPasses();
    assert.match(await greetingOf(runs.insId), /^RFB/);
    assert.deepEqual([stateOnNode(runs.insId), stateOnNode(starts.insId)], ['running', 'running']);

    await cloud.start('clc');
    await cloud.ready('clc');
    // What was done in time counts, although its deadline is long over.
    const started = await user.rests(starts.tid);
    assert.equal(at(started), 'editing/running', started.error?.message ?? started.message);
    assert.equal(started.plans.at(-1)?.state, 'done');
    assert.equal(at(await user.task(runs.tid)), 'editing/running');
    assert.deepEqual([stateOnNode(runs.insId), stateOnNode(starts.insId)], ['running', 'running']);
    assert.match(await openScreen(runs.tid), /^RFB/);

    // What was not done in time ends, says so, and can be tried again.
    await cloud.start('nc-2');
    const late = await user.rests(waiting.tid);
    assert.equal(at(late), 'preparing/prepared');
    assert.ok(['DEADLINE_EXCEEDED', 'EXPIRED'].includes(late.error?.code ?? ''), JSON.stringify(late.error));
    assert.equal(late.failedStep, 'run');
    assert.equal(at(await user.do(waiting.tid, 'retry')), 'editing/running');

    // Nobody who lived was called silent, and everything is as the database says.
    const told = await rowsOf(cloud, "SELECT payload FROM events WHERE kind = 'node' AND id > ?", [Number(lastEvent?.['lastId'])]);
    assert.deepEqual(told.map((row) => JSON.parse(String(row['payload'])) as { name: string; state: string }).filter((event) => event.name !== 'nc-2' && event.state !== 'up'), []);
    await eventually('every daemon is up', async () => (await rowsOf(cloud, "SELECT name FROM daemons WHERE state <> 'up'")).length === 0, 30_000);
    await eventually('every result was told', () => (['nc', 'nc-2', 'cc', 'walrus'] as const).every((name) => unreportedOf(dataOf(name)).length === 0), 15_000);
    assert.deepEqual(await rowsOf(cloud, 'SELECT item FROM orphans'), []);

    // And it goes on to the end.
    for (const step of ['stop', 'submit'] as const) await user.do(started.tid, step);
    assert.equal(at(await user.task(started.tid)), 'submitted/submitted');
    for (const { tid } of [runs, waiting]) assert.equal((await user.do(tid, 'cancel')).state, 'cancelled');
    await nothingIsLeft(cloud);
  });
});
