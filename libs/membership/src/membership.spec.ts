import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Heartbeat, NodeStatus, type Envelope, type RegisterRequest } from '@educloud/contracts';
import { silentLog } from '@educloud/log';
import { createMembership, type Member, type Membership, type MembershipOptions } from './index.ts';
import { registrationPauseMs } from './membership.ts';

describe('membership', () => {
  let dir: string;
  let server: Server;
  let url: string;
  let asked: RegisterRequest[];
  let refuse: number;
  let loseAnswers: number;
  let onLost = (): void => undefined;
  let epoch: number;
  const made: Membership[] = [];

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'edu-membership-'));
    asked = [];
    refuse = 0;
    loseAnswers = 0;
    epoch = 0;
    server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      const body = JSON.parse(text) as RegisterRequest;
      asked.push(body);
      if (loseAnswers > 0) { loseAnswers -= 1; request.socket.destroy(); onLost(); return; }
      if (refuse > 0) { refuse -= 1; response.writeHead(503).end('no'); return; }
      epoch += 1;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ id: 'walrus-00000001', secret: body.joinToken ? (body.secret ?? 's3cret') : null, epoch, ccId: null, ticketPublicKey: 'PEM', heartbeatMs: 20, inventoryMs: 60_000 }));
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    for (const membership of made.splice(0)) await membership.close();
    server.closeAllConnections();
    await new Promise((resolve) => { server.close(resolve); });
    rmSync(dir, { recursive: true, force: true });
  });

  const join1 = (more: Partial<Pick<MembershipOptions, 'facts' | 'sendStatus'>> & { onRegistered?: (m: Member) => Promise<void>; sendBeat?: (e: Envelope) => void; joinToken?: string | undefined } = { joinToken: 'jt' }): Membership => {
    const membership = createMembership({
      role: 'walrus', name: 'walrus-1', url: () => 'http://127.0.0.1:1', boss: { registerUrl: `${url}/clc/api/1.0/register/walrus` }, identityFile: join(dir, 'identity.json'),
      facts: async () => ({ version: '1', hostname: 'h', capacity: null, hypervisor: null, pools: [], usages: [], faults: [] }),
      vitals: async () => ({ load1: 0, memoryFreeMiB: 1, freeDiskBytes: 1, guests: 0 }),
      log: silentLog(), now: Date.now, cloudTime: { set: () => undefined }, random: () => 0.5, onRegistered: async () => undefined, sendBeat: () => undefined, sendStatus: async () => undefined, pauseMs: () => 2, joinToken: 'jt', ...more,
    });
    made.push(membership);
    membership.start();
    return membership;
  };

  it('joins with the token, keeps the secret readable for itself alone, and comes back with it', async () => {
    assert.equal((await join1().registered()).epoch, 1);
    assert.equal(statSync(join(dir, 'identity.json')).mode & 0o777, 0o600);
    const { id, secret } = JSON.parse(readFileSync(join(dir, 'identity.json'), 'utf8')) as { id: string; secret: string };
    assert.deepEqual([id, secret], ['walrus-00000001', asked[0]?.secret]);
    const back = await join1().registered();
    assert.deepEqual([back.epoch, back.secret, asked[1]?.joinToken, asked[1]?.secret], [2, secret, undefined, secret]);
  });
  it('R116 asks for the same secret until it is answered, also after a restart: that proves who comes again with a used token', async () => {
    loseAnswers = 2;
    const lost = new Promise<void>((resolve) => { onLost = resolve; });
    const first = join1();
    await lost;
    await first.close();
    const { secret } = await join1().registered();
    assert.ok(asked.length >= 3 && secret.length >= 43);
    assert.ok(asked.every((request) => request.secret === secret && request.joinToken === 'jt'));
    assert.equal(existsSync(join(dir, 'identity.json.joining')), false);
  });
  it('tries for as long as the boss is not there, and says so meanwhile', async () => {
    refuse = 3;
    const membership = join1();
    assert.equal(membership.state().ok, false);
    await membership.registered();
    assert.deepEqual([asked.length, membership.state().ok], [4, true]);
  });
  it('pauses no longer than three seconds, however long the boss was away, and not all daemons alike', () => {
    const longest = Array.from({ length: 1_000 }, (_, attempt) => registrationPauseMs(attempt + 1, 0.999));
    assert.ok(longest.every((ms) => ms <= 3_000));
    assert.ok((longest[0] as number) <= 500, 'soon at first');
    assert.ok(registrationPauseMs(100, 0) < 0.6 * registrationPauseMs(100, 0.999));
  });
  it('does not count as registered before its own preparations ended well', async () => {
    let failures = 2;
    await join1({ onRegistered: async () => { if (failures-- > 0) throw new Error('queue not there'); } }).registered();
    assert.equal(asked.length, 3);
  });
  it('beats with the present epoch and rising numbers, also after registering again', async () => {
    const beats: Array<[number, number]> = [];
    let enough = (): void => undefined;
    const seen = new Promise<void>((resolve) => { enough = resolve; });
    const membership = join1({ sendBeat: (e) => {
      const beat = Heartbeat.parse(e.body).beats[0]!;
      beats.push([beat.epoch, beat.seq]);
      if (beats.length === 2) membership.again('the bus came back');
      if (beats.length === 4) enough();
    } });
    await seen;
    assert.deepEqual(beats.map(([e]) => e), [1, 1, 2, 2]);
    assert.ok(beats[1]![1] > beats[0]![1] && beats[3]![1] > beats[2]![1]);
  });
  it('tells of room that came free with the next beat, long before the inventory', async () => {
    const MiB = 1024 ** 2;
    let free = 100 * MiB;
    const told: number[] = [];
    let enough = (): void => undefined;
    const seen = new Promise<void>((resolve) => { enough = resolve; });
    join1({
      facts: async () => ({ version: '1', hostname: 'h', capacity: { cpus: 1, memoryMiB: 1, diskBytes: 10 * 1024 * MiB, freeDiskBytes: free }, hypervisor: null, pools: [], usages: [], faults: [] }),
      sendBeat: () => { free = free === 100 * MiB ? 120 * MiB : 200 * MiB; },
      sendStatus: async (e) => {
        told.push(NodeStatus.parse(e.body).facts.capacity?.freeDiskBytes ?? 0);
        enough();
      },
    });
    await seen;
    assert.deepEqual(told, [200 * MiB], 'not the little that moves all the time');
  });
});
