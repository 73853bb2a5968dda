import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type LocalOffer } from '@educloud/contracts';
import { hasCode } from '@educloud/errors';
import { createTicketSigner, generateKeys } from '@educloud/tickets';
import { openLocalClock } from './clock.ts';
import { createLeases } from './lease.ts';

const DAY = 24 * 3_600_000;
const HOST = 'nc-00000001';
const INS = 'ins-00000001';
const IMAGE = { imageId: 'img-00000001', version: 1, sha256: 'a'.repeat(64), sizeBytes: 1, virtualSizeBytes: 1, format: 'qcow2' as const };

describe('a lease', () => {
  const keys = generateKeys();
  let now = 1_000 * DAY;
  const leases = createLeases({ publicKeyPem: () => keys.publicKeyPem, hostId: () => HOST, now: () => now, ccUrl: 'http://cc:8772', askSeconds: 300 });
  const offer = (claims: Partial<{ hostId: string; insId: string; imageId: string; validUntil: number }> = {}, pem = keys.privateKeyPem): LocalOffer => ({
    id: INS, name: 'maths', description: '', rev: 1, image: IMAGE, pinned: false, ostype: 'linux', hardware: {} as never, memoryMiB: 1, cpus: 1, diskBytes: 0, lifetime: 'temporary', ticket: '',
    lease: createTicketSigner({ privateKeyPem: pem, now: () => 1_000 * DAY }).sign({ action: 'lvd/run', hostId: HOST, insId: INS, rev: 1, imageId: IMAGE.imageId, asked: 'q', issuedAt: 1_000 * DAY, validUntil: 1_007 * DAY, ...claims }, 7 * DAY),
  } as unknown as LocalOffer);
  beforeEach(() => { now = 1_000 * DAY; });

  it('allows until its end, and says then until when it allowed and what to do', () => {
    now = 1_007 * DAY - 1;
    leases.require(offer());
    now += 1;
    assert.throws(() => leases.require(offer()), (e: { code?: string; message?: string; todo?: { args?: unknown } }) => {
      assert.equal(e.code, 'LEASE_EXPIRED');
      assert.match(e.message ?? '', /maths/);
      assert.match(JSON.stringify(e.todo), /cc:8772/);
      return true;
    });
  });
  it('of another host, desktop or image, or of another cloud, allows nothing', () => {
    for (const wrong of [offer({ hostId: 'nc-00000002' }), offer({ insId: 'ins-00000002' }), offer({ imageId: 'img-00000002' }), offer({}, generateKeys().privateKeyPem), { ...offer(), lease: 'nonsense' }]) {
      assert.equal(leases.read(wrong), null);
      assert.throws(() => leases.require(wrong), (e) => hasCode(e, 'NOT_OFFERED'));
    }
  });
  it('is judged offline, by the key that was told at the last registration; without one nothing is allowed', () => {
    const alone = createLeases({ publicKeyPem: () => null, hostId: () => HOST, now: () => now, ccUrl: '', askSeconds: 1 });
    assert.throws(() => alone.require(offer()), (e) => hasCode(e, 'NOT_OFFERED'));
  });
});

describe('the clock of leases', () => {
  let dir = '';
  beforeEach(() => { dir = mkdtempSync(path.join(os.tmpdir(), 'educloud-clock-')); });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('is never earlier than the latest it has seen, also after a restart: setting the clock back lengthens no lease', async () => {
    let own = 5_000;
    const file = path.join(dir, 'clock.json');
    const clock = await openLocalClock(file, () => own);
    await clock.note();
    own = 1_000;
    assert.equal(clock.now(), 5_000);
    assert.equal((await openLocalClock(file, () => own)).now(), 5_000);
    own = 6_000;
    assert.equal(clock.now(), 6_000);
  });
  it('believes what was signed just now, so that a clock that was once far ahead does not end all leases for ever', async () => {
    let own = 9_000_000;
    const file = path.join(dir, 'clock.json');
    const clock = await openLocalClock(file, () => own);
    await clock.note();
    own = 2_000;
    await clock.believe(1_900);
    assert.equal(clock.now(), 2_000);
    assert.equal((await openLocalClock(file, () => own)).now(), 2_000);
  });
});
