// Two cloud controllers on one database and broker: one leads, both serve; whichever dies, stops or comes back late, nothing is lost or done twice.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { CloudStatus, TaskView } from '@educloud/contracts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { builderOf, type Builder } from '../support/build-flow.ts';
import { readEvents, type EventReader } from '../support/event-reader.ts';
import { eventually } from '../support/eventually.ts';
import { keepLogs } from '../support/keep-logs.ts';
import { nothingIsLeft, rowsOf } from '../support/leftovers.ts';
import { startProxy, type Proxy } from '../support/proxy.ts';
import { allowStart, freshDatabase, freshRedis, freshVhost } from '../support/servers.ts';

const TAKEOVER_MS = 20_000;
type Controller = 'clc' | 'clc-2';
const BOTH: readonly Controller[] = ['clc', 'clc-2'];
const at = (task: TaskView): string => `${task.phase}/${task.state}`;

describe('two cloud controllers', function () {
  this.timeout(120_000);
  let dir = '';
  let cloud: Cloud;
  const readers: EventReader[] = [];
  const lines = {} as Record<Controller, Proxy>;

  before(async function () {
    allowStart(this);
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-two-'));
    await chmod(dir, 0o755);
    const [amqpUrl, clusterAmqpUrl, dbUrl, redisUrl] = await Promise.all([freshVhost(), freshVhost(), freshDatabase(), freshRedis()]);
    // Each controller has a line of its own to the broker.
    const broker = new URL(amqpUrl);
    for (const who of BOTH) lines[who] = await startProxy({ target: { host: broker.hostname, port: Number(broker.port) } });
    const by = ({ host, port }: Proxy): string => amqpUrl.replace(/@[^/]+/, `@${host}:${port}`);
    const overrides = { clc: { busUrl: by(lines.clc) }, 'clc-2': { busUrl: by(lines['clc-2']) } };
    cloud = await startCloud({ dir: path.join(dir, 'cloud'), mode: 'distributed', hypervisor: 'fake', controllers: 2, overrides, servers: { amqpUrl, clusterAmqpUrl, dbUrl, redisUrl, libvirtUri: null } });
    for (const who of BOTH) readers.push(readEvents(urlOf(who), await tokenAt(who), 0));
  });
  after(async function () {
    this.timeout(60_000);
    for (const reader of readers) reader.close();
    await cloud?.stop();
    await Promise.all(Object.values(lines).map((line) => line.close()));
    keepLogs(this.test?.parent, path.join(dir, 'cloud'));
    await rm(dir, { recursive: true, force: true });
  });

  const urlOf = (who: Controller): string => (cloud.json.daemons[who]?.url ?? '');
  const pidOf = (who: Controller): number => (cloud.json.daemons[who]?.pid ?? 0);
  const other = (who: Controller): Controller => (who === 'clc' ? 'clc-2' : 'clc');
  const builderAt = (who: Controller): Promise<Builder> => builderOf({ json: { ...cloud.json, clcUrl: urlOf(who) } });
  async function tokenAt(who: Controller): Promise<string> {
    const body = JSON.stringify({ user: cloud.json.adminUser, password: cloud.json.adminPassword });
    const answer = await fetch(`${urlOf(who)}/clc/api/1.0/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return ((await answer.json()) as { token: string }).token;
  }
  async function statusAt(who: Controller): Promise<CloudStatus> {
    const answer = await fetch(`${urlOf(who)}/clc/api/1.0/status`, { headers: { authorization: `Bearer ${await tokenAt(who)}` }, signal: AbortSignal.timeout(5_000) });
    return (await answer.json()) as CloudStatus;
  }
  const leader = (): Promise<Controller> => eventually('somebody leads', async () => {
    for (const who of BOTH) if ((await statusAt(who).catch(() => null))?.controller.role === 'leader') return who;
    return null;
  }, TAKEOVER_MS);
  const epochInDatabase = async (): Promise<number> => Number((await rowsOf(cloud, "SELECT epoch FROM leases WHERE name = 'clc'", []))[0]?.['epoch']);
  const leads = (who: Controller) => async (): Promise<boolean> => (await statusAt(who)).controller.role === 'leader';

  async function begin(user: Builder): Promise<TaskView> {
    const file = path.join(dir, `source-${randomBytes(3).toString('hex')}.raw`);
    await writeFile(file, randomBytes(512 * 1024));
    const src = await user.upload(file, { name: path.basename(file), format: 'raw' });
    await rm(file);
    return user.begin(src);
  }
  async function through(user: Builder, tid: string, steps: ReadonlyArray<'prepare' | 'run' | 'stop' | 'submit'> = ['prepare', 'run', 'stop', 'submit']): Promise<TaskView> {
    let task = await user.task(tid);
    for (const step of steps) task = await user.do(tid, step);
    return task;
  }
  /** Both streams hold the same rows in the same order. */
  async function sameEvents(): Promise<void> {
    const [one, two] = readers as [EventReader, EventReader];
    const last = Number((await rowsOf(cloud, 'SELECT lastId FROM event_head', []))[0]?.['lastId']);
    await eventually('both streams have come to the end', () => one.seen.at(-1)?.id === last && two.seen.at(-1)?.id === last, 15_000);
    assert.deepEqual(one.seen, two.seen);
    assert.deepEqual(one.seen.map((e) => e.id), Array.from({ length: last }, (_, i) => i + 1), 'no row is missing, none comes twice');
  }

  it('have one leader, are both ready, and show the same daemons', async () => {
    const who = await leader();
    const [leading, following] = await Promise.all([statusAt(who), statusAt(other(who))]);
    assert.deepEqual([leading.controller.role, following.controller.role], ['leader', 'follower']);
    assert.deepEqual([following.controller.epoch, following.controller.leader], [leading.controller.epoch, leading.controller.id]);
    assert.deepEqual(following.daemons.map((d) => [d.id, d.state]), leading.daemons.map((d) => [d.id, d.state]));
    for (const c of BOTH) {
      assert.equal((await fetch(`${urlOf(c)}/readyz`)).status, 200);
      const figures = await (await fetch(`${urlOf(c)}/metrics`)).text();
      assert.match(figures, new RegExp(`^educloud_clc_leader\\{[^}]*\\} ${c === who ? 1 : 0}$`, 'm'));
    }
  });

  it('run what was asked at the one that follows, without waiting for a clock', async () => {
    const user = await builderAt(other(await leader()));
    const task = await begin(user);
    const startedAt = Date.now();
    const done = await through(user, task.tid);
    assert.equal(at(done), 'submitted/submitted', done.error?.message ?? done.message);
    console.log(`      a whole build asked at the follower: ${Date.now() - startedAt} ms`);
    await nothingIsLeft(cloud);
    await sameEvents();
  });

  it('go on within 20 s when the leader is killed, also with what it was doing', async () => {
    const dead = await leader();
    const next = other(dead);
    const user = await builderAt(next);
    const task = await begin(user);
    await user.ask(task.tid, 'prepare');
    const killedAt = Date.now();
    await cloud.kill(dead);
    await eventually(`${next} leads`, leads(next), TAKEOVER_MS);
    console.log(`      takeover after kill -9: ${Date.now() - killedAt} ms`);
    assert.equal(at(await user.rests(task.tid)), 'preparing/prepared');
    assert.equal(at(await through(user, task.tid, ['run', 'stop', 'submit'])), 'submitted/submitted');
    await cloud.start(dead);
    await cloud.ready(dead);
    assert.equal((await statusAt(dead)).controller.role, 'follower');
    await nothingIsLeft(cloud);
    await sameEvents();
  });

  it('take over from a leader that is stopped, which follows by itself when it goes on', async () => {
    const stopped = await leader();
    const next = other(stopped);
    const user = await builderAt(next);
    const epoch = await epochInDatabase();
    const [task, second] = [await begin(user), await begin(user)];
    await Promise.all([user.ask(task.tid, 'prepare'), user.ask(second.tid, 'prepare')]);
    const stoppedAt = Date.now();
    process.kill(pidOf(stopped), 'SIGSTOP');
    try {
      await eventually(`${next} leads`, leads(next), TAKEOVER_MS);
      console.log(`      takeover after SIGSTOP: ${Date.now() - stoppedAt} ms`);
      assert.equal(await epochInDatabase(), epoch + 1);
      assert.equal(at(await user.rests(task.tid)), 'preparing/prepared');
      console.log(`      what it had begun was done: ${Date.now() - stoppedAt} ms after SIGSTOP`);
      await user.ask(task.tid, 'run');
    } finally {
      process.kill(pidOf(stopped), 'SIGCONT');
    }
    await eventually(`${stopped} follows`, async () => (await statusAt(stopped)).controller.role === 'follower', 5_000);
    assert.equal(await epochInDatabase(), epoch + 1);
    assert.equal(at(await user.rests(task.tid)), 'editing/running');
    assert.equal(at(await through(user, task.tid, ['stop', 'submit'])), 'submitted/submitted');
    assert.equal(at(await user.rests(second.tid)), 'preparing/prepared');
    assert.deepEqual((await rowsOf(cloud, 'SELECT id FROM saga_plans WHERE generation > ?', [epoch + 1])), []);
    await user.do(second.tid, 'cancel');
    await nothingIsLeft(cloud);
    await sameEvents();
  });

  /** Changes that this controller wanted to make and that were refused, because it did not lead any more. */
  async function refusedAt(who: Controller): Promise<number> {
    const figures = await (await fetch(`${urlOf(who)}/metrics`)).text();
    return [...figures.matchAll(/^educloud_clc_refused_changes_total\{[^}]*\} (\d+)/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
  }
  const isStopped = (who: Controller): boolean => {
    const stat = readFileSync(`/proc/${pidOf(who)}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
  };

  it('refuse what a leader writes that was stopped in the middle of a transaction and goes on when another one leads', async () => {
    // The one that follows is started anew, to stop when it leads and gives CPU and memory back; then it is made to lead.
    const next = await leader();
    const stale = other(next);
    await cloud.kill(stale);
    await cloud.start(stale, { EDUCLOUD_CLC_FAIL_AT: 'releaseCompute:do:before=stop' });
    await cloud.ready(stale);
    await cloud.kill(next, 'SIGTERM');
    await eventually(`${stale} leads`, leads(stale), TAKEOVER_MS);
    await cloud.start(next);
    await cloud.ready(next);

    const user = await builderAt(next);
    const { tid, insId } = await begin(user);
    await through(user, tid, ['prepare', 'run']);
    const epoch = await epochInDatabase();
    await user.ask(tid, 'stop');
    await eventually(`${stale} stands still in the middle of it`, () => isStopped(stale), 30_000);
    const stoppedAt = Date.now();
    try {
      await eventually(`${next} leads`, leads(next), TAKEOVER_MS + 5_000);
      console.log(`      takeover from a leader that stands still within a transaction: ${Date.now() - stoppedAt} ms`);
      assert.equal(at(await user.rests(tid)), 'editing/stopped');
    } finally {
      process.kill(pidOf(stale), 'SIGCONT');
    }
    const rows = (): Promise<unknown> => Promise.all(['SELECT state, rev, generation FROM saga_plans WHERE subject = ? ORDER BY seq', 'SELECT state, rev, phase FROM tasks WHERE tid = ?'].map((q) => rowsOf(cloud, q, [tid])));
    const before = await rows();
    await eventually(`${stale} wanted to write and was refused`, async () => (await refusedAt(stale)) > 0, 15_000);
    await eventually(`${stale} follows`, async () => (await statusAt(stale)).controller.role === 'follower', 5_000);
    assert.deepEqual(await rows(), before);
    assert.equal(await epochInDatabase(), epoch + 1);
    assert.deepEqual(await rowsOf(cloud, 'SELECT kind FROM ledger_claims WHERE insId = ?', [insId]), [{ kind: 'disk' }]);
    await user.do(tid, 'cancel');
    await nothingIsLeft(cloud);
    await sameEvents();
  });

  it('R113 hand over when the leader has lost only its broker, which follows and stays ready for the rest', async () => {
    const cut = await leader();
    const next = other(cut);
    const user = await builderAt(cut);
    const epoch = await epochInDatabase();
    const task = await begin(user);
    const cutAt = Date.now();
    lines[cut].trouble({ reset: true });
    try {
      // Asked at the one that can send nothing: it is taken, and waits.
      await user.ask(task.tid, 'prepare');
      await eventually(`${next} leads`, leads(next), 40_000);
      console.log(`      takeover from a leader without a broker: ${Date.now() - cutAt} ms`);
      assert.equal(at(await user.rests(task.tid)), 'preparing/prepared');
      assert.equal(at(await through(user, task.tid, ['run', 'stop', 'submit'])), 'submitted/submitted');
      assert.deepEqual([(await statusAt(cut)).controller.role, await epochInDatabase()], ['follower', epoch + 1]);
    } finally {
      lines[cut].trouble(null);
    }
    await cloud.ready(cut);
    assert.deepEqual([(await statusAt(next)).controller.role, await epochInDatabase()], ['leader', epoch + 1]);
    await nothingIsLeft(cloud);
    await sameEvents();
  });

  it('hand over at once when the leader is stopped in order', async () => {
    const old = await leader();
    const startedAt = Date.now();
    await cloud.kill(old, 'SIGTERM');
    await eventually(`${other(old)} leads`, leads(other(old)), TAKEOVER_MS);
    const tookMs = Date.now() - startedAt;
    console.log(`      takeover after SIGTERM: ${tookMs} ms`);
    assert.ok(tookMs < 8_000, `${tookMs} ms`);
    await cloud.start(old);
    await cloud.ready(old);
  });
});
