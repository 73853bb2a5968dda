// Instances on five processes with fake guests: their lifetimes by what is on the disk, their screen, and whichever daemon dies at whichever
// job: the action ends well once it is back, and what is deleted leaves nothing.
import assert from 'node:assert/strict';
import { appendFile, open, readdir, readFile, rm } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { WebSocket } from 'ws';
import type { HostSnapshot, InstanceView, JobName, Role } from '@educloud/contracts';
import { JOBS } from '@educloud/contracts';
import { eduOf } from '../support/edu-process.ts';
import { eventually } from '../support/eventually.ts';
import { instanceUserOf, type InstanceUser } from '../support/instance-flow.ts';
import { died, dying, restart } from '../support/kills.ts';
import { nothingIsLeft, rowsOf } from '../support/leftovers.ts';
import { killScene, points } from './kill-fake/scene.ts';

describe('instances (fake guests)', function () {
  this.timeout(180_000);
  // An address of this host that is not the loopback's: then the cluster controller forwards nothing to what is reached without it.
  const [accessIp] = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address));
  const scene = killScene({ accessIp });
  let user: InstanceUser;
  let image = '';
  before(async () => {
    user = await instanceUserOf(scene.cloud);
    const task = await scene.begin();
    image = task.srcImageId;
    await scene.user.do(task.tid, 'cancel');
  });

  const define = (more: Record<string, unknown> = {}): Promise<InstanceView> => user.define({ name: 'desk <7> & "more"', imageId: image, kind: 'vs', ...more });
  const diskOf = (id: string): string => path.join(scene.cloud.layout.data('nc'), 'instances', id, 'disk.qcow2');
  const write = async (id: string, text: string): Promise<void> => {
    const disk = await open(diskOf(id), 'r+');
    await disk.write(Buffer.from(text), 0, text.length, (await disk.stat()).size - 4096);
    await disk.close();
  };
  const holds = async (id: string, text: string): Promise<boolean> => (await readFile(diskOf(id))).includes(Buffer.from(text));
  const act = async (id: string, action: Parameters<InstanceUser['do']>[1], status: string): Promise<InstanceView> => {
    const view = await user.do(id, action);
    assert.equal(view.status, status, `${action}: ${view.message}`);
    return view;
  };
  const thumbnail = (id: string, token: string): Promise<Response> => fetch(`${scene.cloud.json.clcUrl}/clc/api/1.0/instances/${id}/thumbnail`, { headers: { Authorization: `Bearer ${token}` } });
  const gone = async (id: string): Promise<void> => {
    await act(id, 'delete', 'DELETED');
    await nothingIsLeft(scene.cloud);
  };

  it('run, show their screen, pause, go on, restart and stop; what was written is kept when they are persistent, and lost by a reset', async () => {
    const { id } = await define();
    const active = await act(id, 'run', 'ACTIVE');
    assert.ok(active.nodeName && active.aURL && active.nics[0]?.mode === 'nat');
    const { url, token } = await user.console(id);
    const greeting = await new Promise<string>((resolve, reject) => {
      const socket = new WebSocket(new URL(url, scene.cloud.json.clcUrl.replace(/^http/, 'ws')), { headers: { Authorization: `Bearer ${token}` } });
      socket.once('message', (chunk: Buffer) => { resolve(chunk.toString()); socket.close(); });
      socket.once('error', reject);
    });
    assert.match(greeting, /^RFB /);
    const picture = await thumbnail(id, token);
    assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/png']);
    assert.equal(Buffer.from(await picture.arrayBuffer()).toString('latin1', 1, 4), 'PNG');
    await act(id, 'pause', 'PAUSED');
    await act(id, 'unpause', 'ACTIVE');
    await write(id, 'written by anna');
    await act(id, 'reboot', 'ACTIVE');
    await act(id, 'stop', 'SHUTOFF');
    await act(id, 'run', 'ACTIVE');
    assert.ok(await holds(id, 'written by anna'));
    await act(id, 'stop', 'SHUTOFF');
    await act(id, 'reset', 'DEFINED');
    await act(id, 'run', 'ACTIVE');
    assert.ok(!(await holds(id, 'written by anna')));
    await gone(id);
  });
  it('show a small picture of their screen to nobody else, and none while they are off; a node gives it once for a ticket', async () => {
    const { id } = await define();
    const { token } = await user.login();
    assert.equal((await thumbnail(id, token)).status, 409);
    await act(id, 'run', 'ACTIVE');
    const stranger = await user.login({ name: `stranger-${id}`, password: 'of no importance' });
    assert.deepEqual(await Promise.all([thumbnail(id, stranger.token), thumbnail('ins-0000dead', token), thumbnail('..%2f..', token), thumbnail(id, 'nobody')].map(async (one) => (await one).status)), [404, 404, 404, 401]);
    const many = await Promise.all(Array.from({ length: 20 }, () => thumbnail(id, token)));
    assert.deepEqual([...new Set(many.map((one) => one.status))], [200]);
    const nc = scene.cloud.json.daemons.nc.url;
    assert.deepEqual(await Promise.all([fetch(`${nc}/nc/api/1.0/screenshot`), fetch(`${nc}/nc/api/1.0/screenshot`, { headers: { Authorization: `Bearer ${token}` } })].map(async (one) => (await one).status)), [403, 403]);
    await gone(id);
  });
  it('keep what they say on their serial port for whoever may see them, also while they are off; what is typed there by one is seen by all', async () => {
    const edu = await eduOf(scene.cloud, path.join(scene.cloud.layout.dir, 'edu-serial'));
    const { id } = await define();
    const { token } = await user.login();
    const log = (query = '', who = token): Promise<Response> => fetch(`${scene.cloud.json.clcUrl}/clc/api/1.0/instances/${id}/log${query}`, { headers: { Authorization: `Bearer ${who}` } });
    const refusal = async (response: Response): Promise<unknown> => [response.status, ((await response.json()) as { code: string }).code];
    assert.deepEqual(await refusal(await log()), [404, 'NOT_FOUND']);
    const never = await edu.run('instance', 'serial', id);
    assert.match(never.stderr, /the guest is not running: the instance is .*\[GUEST_NOT_RUNNING\]/);
    assert.match((await edu.run('instance', 'log', id, '--follow')).stderr, /\[GUEST_NOT_RUNNING\]/);
    assert.match((await edu.run('instance', 'log', id)).stderr, new RegExp(`there is no log of ${id}: .*edu instance run ${id}`));
    await act(id, 'run', 'ACTIVE');
    const stranger = await user.login({ name: `stranger-${id}`, password: 'of no importance' });
    assert.deepEqual(await Promise.all([log('?tail=0'), log('?tail=x'), log('?tail=10001'), log('?lines=1'), log('', stranger.token), log('', 'nobody')].map(async (one) => (await one).status)), [400, 400, 400, 400, 404, 401]);
    const nc = scene.cloud.json.daemons.nc.url;
    assert.deepEqual(await Promise.all(['', token].map(async (one) => (await fetch(`${nc}/nc/api/1.0/serial-log`, { headers: { Authorization: `Bearer ${one}` } })).status)), [403, 403]);

    const [typist, looker] = [edu.begin('instance', 'serial', id), edu.begin('instance', 'log', id, '--follow', '--tail', '2')];
    await eventually('both are there', () => typist.said.stderr.includes('Ctrl-]') && typist.said.stdout.includes('fake#') && looker.said.stdout.includes('is up'), 20_000);
    typist.type('\u001b[1mhello\u001b]0;x\u0007\r\r');
    await eventually('it is seen', () => typist.said.stdout.includes('hello') && looker.said.stdout.includes('hello'), 20_000);
    typist.type('\u001d');
    assert.equal(await typist.ended, 0);
    const said = await log('?tail=2');
    assert.deepEqual([said.headers.get('content-type'), await said.text()], ['text/plain; charset=utf-8', 'fake# \nfake# ']);
    await act(id, 'stop', 'SHUTOFF');
    assert.equal(await looker.ended, 0);
    assert.match(looker.said.stderr, /the machine is off/);
    assert.equal(looker.said.stdout, `${id} is up\nfake# hello\nfake# \nfake# \n`);
    assert.equal((await edu.run('instance', 'log', id)).stdout, `${id} is up\nfake# hello\nfake# \nfake# \n`);
    await act(id, 'reset', 'DEFINED');
    assert.equal((await log()).status, 404);
    await gone(id);
  });
  it('give a file for their remote desktop while that is reached, not before, and none where they have none', async () => {
    const edu = await eduOf(scene.cloud, path.join(scene.cloud.layout.dir, 'edu-rdp'));
    const file = path.join(scene.cloud.layout.dir, 'desk.rdp');
    const [plain, desk] = [await define(), await define({ services: [{ name: 'rdp', protocol: 'tcp', port: 3389 }], cloudInit: { user: 'anna' } })];
    assert.match((await edu.run('instance', 'console', plain.id, '--rdp', file)).stderr, /no service that is a remote desktop \[NOT_FOUND\]/);
    assert.match((await edu.run('instance', 'console', desk.id, '--rdp', file)).stderr, /is not reached now.*\[GUEST_NOT_RUNNING\]/);
    await assert.rejects(readFile(file));
    const { access: [way] } = await act(desk.id, 'run', 'ACTIVE');
    assert.deepEqual(await edu.json('instance', 'console', desk.id, '--rdp', file), { rdp: file });
    assert.match(await readFile(file, 'utf8'), new RegExp(`^full address:s:${way?.host}:${way?.port}\r\nusername:s:anna\r\n`));
    await act(desk.id, 'stop', 'SHUTOFF');
    assert.equal((await edu.run('instance', 'console', desk.id, '--rdp', file)).code, 5);
    await user.do(plain.id, 'delete');
    await gone(desk.id);
  });
  it('begin anew at each run when they are assigned, and leave nothing at the stop when they are temporary', async () => {
    const assigned = await define({ kind: 'rvd', lifetime: 'assigned' });
    await act(assigned.id, 'run', 'ACTIVE');
    await write(assigned.id, 'written by ben');
    await act(assigned.id, 'stop', 'SHUTOFF');
    assert.ok(await holds(assigned.id, 'written by ben'), 'until the next run');
    await act(assigned.id, 'run', 'ACTIVE');
    assert.ok(!(await holds(assigned.id, 'written by ben')));
    await gone(assigned.id);

    const temporary = await define({ kind: 'rvd', lifetime: 'temporary' });
    await act(temporary.id, 'run', 'ACTIVE');
    await act(temporary.id, 'stop', 'DEFINED');
    await assert.rejects(readFile(diskOf(temporary.id)), { code: 'ENOENT' });
    await gone(temporary.id);
  });
  it('keep what is on their data disk over a stop that throws the system disk away, a reset and a kill of their node, and lose it when they are deleted', async () => {
    const { id } = await define({ kind: 'rvd', lifetime: 'temporary', dataDiskGiB: 1 });
    const { ncId } = await act(id, 'run', 'ACTIVE');
    const data = diskOf(id).replace('disk.qcow2', 'data.qcow2');
    const note = Buffer.from('written by clara');
    await appendFile(data, note);
    await act(id, 'stop', 'DEFINED');
    await assert.rejects(readFile(diskOf(id)), { code: 'ENOENT' });
    await scene.cloud.kill('nc');
    await scene.cloud.start('nc');
    await scene.cloud.ready('nc');
    assert.equal((await act(id, 'run', 'ACTIVE')).ncId, ncId);
    assert.ok((await readFile(data)).includes(note));
    await gone(id);
    await assert.rejects(readFile(data), { code: 'ENOENT' });
  });
  it('refuse what cannot be now with 409, the state and what is allowed; of somebody else there is nothing', async () => {
    const { id } = await define();
    await assert.rejects(user.ask(id, 'stop'), (e: { status?: number; problem?: { code?: string; data?: { status?: string; allowed?: string[] } } }) => e.status === 409 && e.problem?.code === 'WRONG_STATE' && e.problem.data?.status === 'DEFINED' && (e.problem.data.allowed ?? []).includes('run'));
    await assert.rejects(user.ask('ins-0000dead', 'run'), (e: { status?: number }) => e.status === 404);
    await gone(id);
  });

  const RUN: JobName[] = ['placeInstance', 'cacheImage', 'fetchImage', 'cloneDisk', 'claimDataDisk', 'makeDataDisk', 'claimCompute', 'startDomain'];
  const roleOf = (job: JobName): Role => JOBS[job].role;
  for (const job of RUN) {
    it(`run: ${roleOf(job)} dies before and after ${job}`, async () => {
      const { id } = await define({ dataDiskGiB: 1 });
      // One that has just begun does not know that the node has the image.
      if (job === 'cacheImage' || job === 'fetchImage') await restart(scene.cloud, 'clc');
      await dying(scene.cloud, roleOf(job) as 'nc', points(job), async () => void (await act(id, 'run', 'ACTIVE')));
      await gone(id);
    });
  }
  for (const [action, job, status] of [['stop', 'stopDomain', 'DEFINED'], ['stop', 'discardInstance', 'DEFINED'], ['stop', 'releaseClaims', 'DEFINED'], ['reboot', 'rebootDomain', 'ACTIVE'], ['pause', 'pauseDomain', 'PAUSED'], ['unpause', 'unpauseDomain', 'ACTIVE'], ['suspend', 'suspendDomain', 'SUSPENDED'], ['suspend', 'releaseCompute', 'SUSPENDED'], ['resume', 'resumeDomain', 'ACTIVE'], ['delete', 'discardInstance', 'DELETED']] as const) {
    it(`${action}: ${roleOf(job)} dies before and after ${job}`, async () => {
      const { id } = await define({ kind: 'rvd', lifetime: 'temporary' });
      await act(id, 'run', 'ACTIVE');
      if (action === 'unpause') await act(id, 'pause', 'PAUSED');
      if (action === 'resume') await act(id, 'suspend', 'SUSPENDED');
      await dying(scene.cloud, roleOf(job) as 'nc', points(job), async () => void (await act(id, action, status)));
      if (action !== 'delete') await act(id, 'delete', 'DELETED');
      await nothingIsLeft(scene.cloud);
    });
  }
  it('run, restart, stop: the node dies between the definition of the guest and its start, before its ports are forwarded, and in the middle of the grace: there is one guest, started once each time', async () => {
    const { id } = await define({ services: [{ name: 'web', port: 80 }] });
    const guests = async (): Promise<string[]> => (await readdir(path.join(scene.cloud.layout.data('nc'), 'fake-guests'))).filter((name) => name.endsWith('.json'));
    const ups = async (): Promise<number> => (await readFile(path.join(path.dirname(diskOf(id)), 'serial', 'log'), 'utf8')).split(' is up').length - 1;
    await dying(scene.cloud, 'nc', ['defineDomain:do:after', 'bootDomain:do:after'], async () => void (await act(id, 'run', 'ACTIVE')));
    assert.deepEqual([await guests(), await ups()], [[`${id}.json`], 1]);
    await dying(scene.cloud, 'nc', ['askShutdown:do:after', 'defineDomain:do:after'], async () => void (await act(id, 'reboot', 'ACTIVE')));
    assert.deepEqual([await guests(), await ups()], [[`${id}.json`], 2]);
    await dying(scene.cloud, 'nc', ['askShutdown:do:after'], async () => void (await act(id, 'stop', 'SHUTOFF')));
    await gone(id);
  });
  it('leave nothing when they are deleted while their node is dead between the definition of the guest and its start', async () => {
    const { id } = await define();
    await restart(scene.cloud, 'nc', 'defineDomain:do:after');
    await user.ask(id, 'run');
    await died(scene.cloud, 'nc', 'defineDomain:do:after');
    assert.match(await readFile(path.join(scene.cloud.layout.data('nc'), 'fake-guests', `${id}.json`), 'utf8'), /"shutoff"/);
    await user.ask(id, 'delete');
    await scene.cloud.start('nc');
    assert.equal((await user.rests(id)).status, 'DELETED');
    await nothingIsLeft(scene.cloud);
  });
  it('are named by their node when it is asked what it has; of one that is frozen it is said in time that it does not answer', async () => {
    const { id } = await define();
    await act(id, 'run', 'ACTIVE');
    const edu = await eduOf(scene.cloud, path.join(scene.cloud.layout.data('clc'), 'edu-pull'));
    const { guests, disks, facts } = await edu.json<HostSnapshot>('host', 'pull', 'nc-1');
    assert.deepEqual([guests.items, disks.items.map(({ name }) => name), facts.hypervisor?.kind], [[{ name: id, state: 'running' }], [id], 'fake']);
    const { pid } = scene.cloud.json.daemons.nc;
    process.kill(pid, 'SIGSTOP');
    try {
      const { code, stderr } = await edu.run('host', 'pull', 'nc-1');
      assert.equal(code, 7, stderr);
      assert.match(stderr, /nc-1 did not answer within 15 seconds/);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await eventually('it answers again', () => edu.json('host', 'pull', 'nc-1'), 60_000);
    await gone(id);
  });
  it('run on while their node controller is killed', async () => {
    const { id } = await define();
    await act(id, 'run', 'ACTIVE');
    await scene.cloud.kill('nc');
    await scene.cloud.start('nc');
    await scene.cloud.ready('nc');
    await eventually('it still runs', async () => (await user.instance(id)).status === 'ACTIVE', 30_000);
    await gone(id);
  });

  describe('in private mode', () => {
    before(async function () {
      if (!accessIp) this.skip();
      const { token } = await user.login();
      const response = await fetch(`${scene.cloud.json.clcUrl}/clc/api/1.0/clusters/cluster-1/network`, { method: 'PUT', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` }, body: JSON.stringify({ mode: 'private', accessHost: 'desktops.example', rdpPorts: { from: 17_000, to: 17_999 }, managementPorts: { from: 18_000, to: 18_999 } }) });
      assert.equal(response.status, 200, await response.text());
    });
    const web = { services: [{ name: 'web', port: 80 }] };
    const ways = (view: InstanceView): unknown[] => view.access.map(({ host, state }) => [host, state]);
    const OPEN = [['desktops.example', 'open']];
    const CLOSED = [['desktops.example', 'closed']];

    it('run: the cluster controller dies before and after openAccess; stop: before and after closeAccess', async () => {
      const { id } = await define(web);
      await dying(scene.cloud, 'cc', points('openAccess'), async () => void (await act(id, 'run', 'ACTIVE')));
      assert.deepEqual(ways(await user.instance(id)), OPEN);
      await dying(scene.cloud, 'cc', points('closeAccess'), async () => void (await act(id, 'stop', 'SHUTOFF')));
      assert.deepEqual(ways(await user.instance(id)), CLOSED);
      await gone(id);
    });
    it('suspend: the CLC dies after the claim of room, the cluster controller at closeAccess; resume: at openAccess, and the CLC before it gives the room back', async () => {
      const { id } = await define(web);
      await act(id, 'run', 'ACTIVE');
      await dying(scene.cloud, 'clc', ['claimSaved:do:after'], () => dying(scene.cloud, 'cc', points('closeAccess'), async () => void (await act(id, 'suspend', 'SUSPENDED'))));
      assert.deepEqual(ways(await user.instance(id)), CLOSED);
      await dying(scene.cloud, 'clc', ['releaseSaved:do:before'], () => dying(scene.cloud, 'cc', points('openAccess'), async () => void (await act(id, 'resume', 'ACTIVE'))));
      assert.deepEqual(ways(await user.instance(id)), OPEN);
      await gone(id);
    });
    it('a start that fails: the cluster controller dies as it takes the ways back; nothing is open and CPU and memory are free', async () => {
      const { id } = await define(web);
      await act(id, 'run', 'ACTIVE');
      await act(id, 'stop', 'SHUTOFF');
      await rm(diskOf(id));
      await dying(scene.cloud, 'cc', points('openAccess', 'undo'), async () => void (await act(id, 'run', 'ERROR')));
      assert.deepEqual(ways(await user.instance(id)), CLOSED);
      assert.deepEqual(await rowsOf(scene.cloud, "SELECT insId FROM ledger_claims WHERE kind = 'compute' UNION SELECT insId FROM cluster_access"), []);
      await gone(id);
    });
  });
});
