// The proof on real parts: a guest is edited through its agent, and what was written is found again in what was built. Steps are taken with
// `edu`, through the public API alone.
import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { WebSocket } from 'ws';
import type { ImageVersionView, ImageView, Problem, TaskView } from '@educloud/contracts';
import { eventually } from '../support/eventually.ts';
import { nothingIsLeft } from '../support/leftovers.ts';
import { at, buildScene, type Uploaded } from './build-real/scene.ts';

const NOTE = '/root/written-while-editing';

describe('an image is built from a real guest, by five processes on real servers', function () {
  this.timeout(180_000);
  const scene = buildScene();
  const { guest, show, step, create, bootedFrom, downloaded } = scene;
  const versions = (id: string): Promise<ImageVersionView[]> => scene.edu.json<ImageVersionView[]>('image', 'versions', id);
  let source: Uploaded;

  before(async () => { source = await scene.upload('disk', 'tiny'); });

  async function refused(code: string, ...args: string[]): Promise<string> {
    const end = await scene.edu.run(...args);
    assert.equal(end.code, 5, `exit code of: ${end.stdout} ${end.stderr}`);
    const line = end.stderr.trim().split('\n').at(-1) ?? '';
    assert.ok(line.includes(`[${code}]`), line);
    return line;
  }

  async function cookie(): Promise<string> {
    const answer = await fetch(`${scene.cloud.json.clcUrl}/clc/api/1.0/login`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user: scene.cloud.json.adminUser, password: scene.cloud.json.adminPassword }) });
    return (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
  }

  let built = '';
  let second: TaskView;

  it('carries a file written while editing into the new image, identical when it is downloaded', async () => {
    const first = await bootedFrom(await create(source.imageId, 'with a note'));
    await guest(first).write(NOTE, 'in the first version');
    const stopped = await step(first.tid, 'stop');
    assert.equal(at(stopped), 'editing/stopped');
    assert.match(stopped.message, /the guest agent powered it off/);
    const submitted = await step(first.tid, 'submit');
    assert.equal(at(submitted), 'submitted/submitted');
    assert.ok(submitted.result);
    built = submitted.result.imageId;
    assert.equal(await downloaded(built, 1), submitted.result.sha256);
    await nothingIsLeft(scene.cloud);
    assert.equal(await downloaded(source.imageId, 1), source.sha256, 'the source is untouched');
  });

  it('boots the new image, and the file is there', async () => {
    second = await bootedFrom(await create(built, 'from the built one'));
    assert.equal(await guest(second).read(NOTE), 'in the first version');
  });

  it('shows the running guest’s screen through CLC and CC; only the CC dials the node, and the node never dials the image store', async () => {
    const grant = await scene.edu.json<{ url: string }>('task', 'console', second.tid);
    const open = (headers: Record<string, string>): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(new URL(grant.url, scene.cloud.json.clcUrl.replace('http', 'ws')), { headers });
        socket.once('error', (e) => resolve(e.message)).once('message', (hello: Buffer) => { socket.close(); resolve(hello.toString()); });
      });
    // The address alone opens nothing, nor does the cookie on a page of somebody else.
    assert.match(await open({}), /401/);
    assert.match(await open({ cookie: await cookie(), origin: 'http://elsewhere.example' }), /403/);
    const session = JSON.parse(await readFile(path.join(scene.dir, 'edu', 'session.json'), 'utf8')) as { token: string };
    assert.match(await open({ authorization: `Bearer ${session.token}` }), /^RFB 003\.00/);
    assert.match(await open({ authorization: `Bearer ${session.token}` }), /401|403/, 'it opens once');
    const { clc, cc, nc } = scene.cloud.json.daemons;
    assert.deepEqual(scene.nodeDoor.callers(), [cc.pid], 'who dialled the node');
    assert.ok(!scene.nodeDoor.callers().includes(clc.pid));
    assert.ok(scene.storeDoor.callers().includes(cc.pid) && !scene.storeDoor.callers().includes(nc.pid), 'who dialled the image store');
  });

  it('refuses to delete an image that a task uses', async () => {
    const line = await refused('IMAGE_IN_USE', 'image', 'delete', built);
    assert.ok(line.includes(second.tid), line);
  });

  for (const [how, signal] of [['stopped', 'SIGTERM'], ['killed', 'SIGKILL']] as const) {
    it(`leaves the guest running when its node controller is ${how}, and finds it again`, async () => {
      const pid = guest(second).qemuPid();
      assert.ok(pid);
      await scene.cloud.kill('nc', signal);
      assert.equal(guest(second).qemuPid(), pid);
      await scene.cloud.start('nc');
      await scene.cloud.ready('nc');
      assert.equal(guest(second).qemuPid(), pid);
      await guest(second).booted();
      assert.equal(at(await show(second.tid)), 'editing/running');
      const grant = await scene.edu.run('task', 'console', second.tid);
      assert.equal(grant.code, 0, grant.stderr);
    });
  }

  it('sees that a guest powered itself off, and runs it again', async () => {
    await guest(second).shove('poweroff');
    const off = await eventually('the task is stopped', async () => { const t = await show(second.tid); return at(t) === 'editing/stopped' ? t : null; }, 60_000);
    assert.match(off.message, /powered itself off/);
    assert.equal(off.vmstatus, 'stopped');
    await step(second.tid, 'run');
    await guest(second).booted();
    assert.equal(await guest(second).read(NOTE), 'in the first version');
  });

  it('switches a guest off that ignores agent and power button, and says so', async () => {
    await guest(second).shove('kill -STOP $(pidof acpid) $(pidof qemu-ga)');
    await eventually('the agent is silent', () => guest(second).agent('guest-ping').then(() => false, () => true), 60_000);
    const stopped = await step(second.tid, 'stop', '--grace', '4s');
    assert.equal(at(stopped), 'editing/stopped');
    assert.match(stopped.message, /switched off hard/);
    const jobs = stopped.plans.flatMap((p) => p.jobs).filter((j) => j.name === 'stopDomain');
    assert.deepEqual(jobs.at(-1)?.result, { how: 'forced' });
  });

  it('cancels a running task: guest, disk and claims are gone, and then the image can be deleted', async () => {
    await step(second.tid, 'run');
    assert.ok(guest(second).qemuPid());
    const ended = await step(second.tid, 'cancel');
    assert.equal(at(ended), 'editing/cancelled');
    assert.equal(guest(second).qemuPid(), null);
    await assert.rejects(stat(path.join(scene.cloud.layout.data('nc'), 'instances', second.insId)));
    await nothingIsLeft(scene.cloud);
  });

  it('modifies an image: one at a time, a new version beside the untouched old one', async () => {
    const before = (await versions(built)).find((v) => v.version === 1);
    assert.ok(before?.sha256);
    const both = await Promise.all([scene.edu.run('image', 'modify', built, '--output', 'json'), scene.edu.run('image', 'modify', built, '--output', 'json')]);
    const won = both.find((e) => e.code === 0);
    const lost = both.find((e) => e.code !== 0);
    assert.ok(won && lost, JSON.stringify(both));
    const begun = JSON.parse(won.stdout) as TaskView;
    assert.equal(lost.code, 5);
    const { code, data } = JSON.parse(lost.stderr) as Problem;
    assert.deepEqual([code, data?.['heldBy']], ['IMAGE_HELD', begun.tid]);
    assert.equal((await scene.edu.json<ImageView>('image', 'show', built)).heldBy, begun.tid);

    const editing = await bootedFrom(begun);
    await guest(editing).write(NOTE, 'in the second version');
    await step(begun.tid, 'stop');
    const submitted = await step(begun.tid, 'submit');
    assert.deepEqual([submitted.result?.imageId, submitted.result?.version], [built, 2]);
    await nothingIsLeft(scene.cloud);
    const [first, latest] = [await downloaded(built, 1), await downloaded(built, 2)];
    assert.equal(first, before.sha256);
    assert.equal(latest, submitted.result?.sha256);
    assert.notEqual(latest, first);
  });

  it('deletes images that nothing uses any more, with their files', async () => {
    await scene.edu.json('image', 'delete', built);
    await eventually('its files are gone', async () => (await versions(built).catch(() => [])).every((v) => v.state === 'deleted'), 30_000);
    await nothingIsLeft(scene.cloud);
  });
});
