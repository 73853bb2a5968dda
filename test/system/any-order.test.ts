// Five processes that come and go in any order: they find each other again, and what is silent is shown as such. Fake guests, private real servers.
import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import type { DaemonView, JoinTokenView, Readiness } from '@educloud/contracts';
import { DAEMONS, type Role } from '../../tools/cloud/layout.ts';
import { startProcess } from '../../tools/cloud/process.ts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { eduOf, type Edu } from '../support/edu-process.ts';
import { eventually } from '../support/eventually.ts';
import { allowStart, freshDatabase, freshRedis, freshVhost } from '../support/servers.ts';

const BEAT_MS = 500;
const SOON_MS = 60_000;

describe('daemons in any order', function () {
  this.timeout(180_000);
  let dir = '';
  let cloud: Cloud;
  let edu: Edu;

  before(async function () {
    allowStart(this);
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-order-'));
    await chmod(dir, 0o755);
    const [amqpUrl, clusterAmqpUrl, dbUrl, redisUrl] = await Promise.all([freshVhost(), freshVhost(), freshDatabase(), freshRedis()]);
    cloud = await startCloud({
      dir: path.join(dir, 'cloud'), mode: 'distributed', hypervisor: 'fake', servers: { amqpUrl, clusterAmqpUrl, dbUrl, redisUrl, libvirtUri: null },
      overrides: { clc: { membership: { heartbeatMs: BEAT_MS, inventoryMs: 2000 } } },
    });
    edu = await eduOf(cloud, path.join(dir, 'edu'));
  });
  after(async function () {
    this.timeout(60_000);
    await cloud?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const list = (): Promise<DaemonView[]> => edu.json<DaemonView[]>('host', 'list');
  const shown = async (name: Role): Promise<DaemonView> => {
    const found = (await list()).filter((d) => d.role === name);
    assert.equal(found.length, 1, `one ${name} in the list`);
    return found[0] as DaemonView;
  };
  const readiness = async (name: Role): Promise<{ status: number; body: Readiness }> => {
    const answer = await fetch(`${cloud.json.daemons[name].url}/readyz`);
    return { status: answer.status, body: (await answer.json()) as Readiness };
  };
  const state = (name: Role, wanted: string): Promise<DaemonView> => eventually(`${name} is shown as ${wanted}`, async () => { const d = await shown(name); return d.state === wanted ? d : null; }, SOON_MS);
  const epochs = async (): Promise<Record<string, number>> => Object.fromEntries((await list()).map((d) => [d.role, d.epoch]));

  it('answers livez, readyz with reasons, and metrics on each daemon', async () => {
    for (const name of DAEMONS) {
      const { url } = cloud.json.daemons[name];
      assert.equal((await fetch(`${url}/livez`)).status, 200, name);
      const ready = await readiness(name);
      assert.equal(ready.status, 200, name);
      assert.deepEqual([ready.body.ready, ready.body.role, ready.body.reasons], [true, name, []]);
      assert.ok(Object.values(ready.body.checks).every(({ ok }) => ok), name);
      const metrics = await fetch(`${url}/metrics`);
      assert.match(metrics.headers.get('content-type') ?? '', /text\/plain/);
      const text = await metrics.text();
      assert.match(text, /process_resident_memory_bytes/, name);
    }
  });

  it('says in the list that the hypervisor is fake', async () => {
    assert.equal((await shown('nc')).facts.hypervisor?.kind, 'fake');
    assert.match((await edu.run('status')).stdout, /FAKE hypervisor/);
  });

  it('starts with the node first and the CLC last: nobody gives up, each says what it waits for, all register', async () => {
    const before = await epochs();
    for (const name of DAEMONS) await cloud.kill(name, 'SIGTERM');
    for (const name of ['nc', 'cc', 'sc', 'walrus'] as const) await startProcess(cloud.layout, name);
    for (const name of ['nc', 'cc', 'sc', 'walrus'] as const) {
      const waiting = await eventually(`${name} answers`, () => readiness(name), SOON_MS);
      assert.equal(waiting.status, 503, name);
      assert.ok(waiting.body.reasons.some((reason) => reason.startsWith('membership: ')), `${name}: ${waiting.body.reasons.join('; ')}`);
      assert.equal((await fetch(`${cloud.json.daemons[name].url}/livez`)).status, 200, `${name} lives while it waits`);
    }
    await startProcess(cloud.layout, 'clc');
    await Promise.all(DAEMONS.map((name) => cloud.ready(name)));
    const after = await epochs();
    for (const role of ['nc', 'cc', 'sc', 'walrus']) assert.ok((after[role] ?? 0) > (before[role] ?? 0), `${role} has a new epoch: ${before[role]} → ${after[role]}`);
    for (const name of ['nc', 'cc', 'sc', 'walrus'] as const) await state(name, 'up');
  });

  for (const name of DAEMONS) {
    it(`goes on after ${name} was killed and started again`, async () => {
      await cloud.kill(name);
      await cloud.start(name);
      await Promise.all(DAEMONS.map((each) => cloud.ready(each)));
      for (const each of ['nc', 'cc', 'sc', 'walrus'] as const) await state(each, 'up');
    });
  }

  it('shows a silent node as suspect, then as down, and as up when it is back', async () => {
    const beats = await shown('nc');
    await cloud.kill('nc');
    // Suspect lasts for a moment only; on a busy machine the next look may find it down.
    await eventually('nc is shown as silent', async () => ['suspect', 'down'].includes((await shown('nc')).state), SOON_MS);
    const down = await state('nc', 'down');
    assert.equal(down.epoch, beats.epoch);
    for (const name of ['cc', 'sc', 'walrus'] as const) assert.equal((await shown(name)).state, 'up', name);
    await cloud.start('nc');
    const back = await state('nc', 'up');
    assert.ok(back.epoch > beats.epoch);
  });

  it('shows a frozen node as down, and as up when it thaws, in the same epoch', async () => {
    const before = await shown('nc');
    const { pid } = cloud.json.daemons.nc;
    process.kill(pid, 'SIGSTOP');
    try {
      await state('nc', 'down');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    assert.equal((await state('nc', 'up')).epoch, before.epoch);
  });

  describe('a join token', () => {
    const token = (...options: string[]): Promise<JoinTokenView> => edu.json<JoinTokenView>('host', 'token', 'create', ...options);
    const join = async (role: string, name: string, joinToken: string): Promise<{ status: number; code?: string }> => {
      const answer = await fetch(`${cloud.json.clcUrl}/clc/api/1.0/register/${role}`, {
        method: 'POST', headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ name, url: 'http://127.0.0.1:9', joinToken, facts: { version: '0', hostname: 'h' } }),
      });
      return { status: answer.status, code: ((await answer.json()) as { code?: string }).code ?? '' };
    };

    it('admits one daemon, once', async () => {
      const { token: once } = await token('--role', 'sc');
      assert.equal((await join('sc', 'sc-extra', once)).status, 200);
      assert.deepEqual(await join('sc', 'sc-more', once), { status: 403, code: 'JOIN_TOKEN_INVALID' });
    });
    it('admits no other role', async () => {
      const { token: forSc } = await token('--role', 'sc');
      assert.equal((await join('walrus', 'walrus-2', forSc)).code, 'JOIN_TOKEN_INVALID');
      assert.equal((await join('sc', 'sc-third', forSc)).status, 200, 'and is not used up by the refusal');
    });
    it('bound to a name admits no other name', async () => {
      const { token: named } = await token('--role', 'sc', '--name', 'sc-named');
      assert.equal((await join('sc', 'sc-other', named)).code, 'JOIN_TOKEN_INVALID');
      assert.equal((await join('sc', 'sc-named', named)).status, 200);
    });
    it('without a name takes over no daemon that exists', async () => {
      const { token: free } = await token('--role', 'walrus');
      assert.equal((await join('walrus', 'walrus-1', free)).code, 'JOIN_TOKEN_INVALID');
    });
  });

  it('does not let a node in that has lost its identity and brings a used token; it says so and what to do', async () => {
    const identity = path.join(cloud.layout.data('nc'), 'identity.json');
    const kept = await readFile(identity, 'utf8');
    await cloud.kill('nc');
    await rm(identity);
    await cloud.start('nc');
    const refused = await eventually('the node is refused', async () => {
      const { body } = await readiness('nc');
      return body.reasons.some((reason) => /join token/.test(reason)) ? body : null;
    }, SOON_MS);
    assert.equal(refused.ready, false);

    // The admin makes a token for exactly this node; it keeps its id.
    const { id } = await shown('nc');
    const { token: again } = await edu.json<JoinTokenView>('host', 'token', 'create', '--role', 'nc', '--name', 'nc-1');
    await cloud.kill('nc');
    const config = parse(await readFile(cloud.layout.config('nc'), 'utf8')) as Record<string, unknown>;
    await writeFile(cloud.layout.config('nc'), stringify({ ...config, joinToken: again }), { mode: 0o600 });
    await cloud.start('nc');
    await cloud.ready('nc');
    const back = await state('nc', 'up');
    assert.equal(back.id, id);
    assert.notEqual(await readFile(identity, 'utf8'), kept);
  });
});
