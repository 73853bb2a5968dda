// Walrus as a whole process sees it: uploads with tickets, refusals, downloads with ranges, what the CLC is told. The CLC is a stand-in.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBus, type Bus } from '@educloud/bus';
import { CLC_STATUS_QUEUE, commandQueue, ENVELOPE_VERSION, ImageStatus, TaskStatus, type ErrorCode, type UploadTicket } from '@educloud/contracts';
import { hasCode, type CloudError } from '@educloud/errors';
import { download, sendUpload } from '@educloud/images';
import { silentLog } from '@educloud/log';
import type { Daemon } from '@educloud/rest';
import { createTicketSigner, generateKeys } from '@educloud/tickets';
import { startWalrus, WalrusConfig } from '../../apps/walrus/src/main.ts';
import { startProxy } from '../support/proxy.ts';

const MiB = 1024 * 1024;
const ID = 'walrus-00000001';
const never = (): AbortSignal => new AbortController().signal;
const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('walrus', function () {
  this.timeout(30_000);
  let dir: string;
  let clc: Server;
  let bus: Bus;
  let walrus: Daemon;
  let statuses: ImageStatus[];
  let tasks: TaskStatus[];
  let epoch = 0;
  let busName = '';
  const keys = generateKeys();
  const signer = createTicketSigner({ privateKeyPem: keys.privateKeyPem, now: Date.now });
  const bytes = randomBytes(6 * MiB);

  const until = async (what: string, test: () => boolean): Promise<void> => {
    const end = Date.now() + 10_000;
    while (!test()) {
      if (Date.now() > end) throw new Error(`never came: ${what}`);
      await new Promise((resolve) => { setTimeout(resolve, 10); });
    }
  };
  const start = async (more: Record<string, unknown> = {}): Promise<void> => {
    walrus = await startWalrus(WalrusConfig.parse({
      dataDir: join(dir, 'data'), listen: { host: '127.0.0.1', port: 0 }, clcUrl: `http://127.0.0.1:${(clc.address() as AddressInfo).port}`,
      joinToken: 'token', busUrl: `embedded:${busName}`, reserveBytes: 0, logLevel: 'silent', ...more,
    }));
    await walrus.ready();
  };

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'edu-walrus-'));
    busName = `walrus-test-${randomBytes(4).toString('hex')}`;
    statuses = [];
    tasks = [];
    clc = createServer((request, response) => {
      request.resume();
      request.on('end', () => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ id: ID, secret: 'secret', epoch: (epoch += 1), ccId: null, ticketPublicKey: keys.publicKeyPem, heartbeatMs: 1000, inventoryMs: 60_000 }));
      });
    });
    await new Promise<void>((resolve) => { clc.listen(0, '127.0.0.1', resolve); });
    bus = await openBus(`embedded:${busName}`, { log: silentLog() });
    await bus.consume(CLC_STATUS_QUEUE, 'command', async (e) => {
      if (e.name === 'imagestatus') statuses.push(ImageStatus.parse(e.body));
      if (e.name === 'taskstatus') tasks.push(TaskStatus.parse(e.body));
    });
  });
  afterEach(async () => {
    await walrus?.close();
    await bus.close();
    clc.closeAllConnections();
    await new Promise((resolve) => { clc.close(resolve); });
    rmSync(dir, { recursive: true, force: true });
  });

  const ticket = (more: Partial<UploadTicket> = {}): string =>
    signer.sign({ action: 'image/upload', imageId: 'img-00000001', version: 1, sizeBytes: bytes.length, sha256: null, format: 'raw', maxVirtualBytes: 1024 ** 3, tid: null, ...more }, 60_000);
  const upload = (content: Buffer, more: Partial<UploadTicket> = {}, how: { url?: string; attempts?: number } = {}): Promise<void> => {
    writeFileSync(join(dir, 'to-send'), content);
    return sendUpload({ uploadUrl: `${how.url ?? walrus.url}/walrus/api/1.0/uploads`, ticket: ticket({ sizeBytes: content.length, ...more }), image: { sizeBytes: content.length }, path: join(dir, 'to-send'), signal: never(), pauseMs: () => 5, attempts: how.attempts ?? 6 });
  };
  const fileUrl = (version = 1): string => `${walrus.url}/walrus/api/1.0/images/img-00000001/versions/${version}/file`;
  const read = (headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
    fetch(fileUrl(), { method, headers: { Authorization: `Bearer ${signer.sign({ action: 'image/download', imageId: 'img-00000001', version: 1 }, 60_000)}`, ...headers } });
  const files = (): string[] => [...readdirSync(join(dir, 'data', 'images')), ...readdirSync(join(dir, 'data', 'incoming'))];
  const code = (c: ErrorCode) => (e: unknown): boolean => { assert.ok(hasCode(e, c), `${c} expected, got ${(e as CloudError).code}: ${String(e)}`); return true; };
  const qcow2 = (...args: string[]): Buffer => {
    const path = join(dir, `made-${randomBytes(3).toString('hex')}.qcow2`);
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...args.slice(0, -1), '--', path, args.at(-1)!], { cwd: dir });
    return execFileSync('cat', [path], { maxBuffer: 64 * MiB });
  };

  it('takes an upload, tells the CLC, and gives the same bytes back', async () => {
    await start();
    await upload(bytes);
    await until('imagestatus', () => statuses.length > 0);
    assert.deepEqual(statuses[0], { imageId: 'img-00000001', version: 1, outcome: 'available', sha256: sha(bytes), sizeBytes: bytes.length, virtualSizeBytes: bytes.length, format: 'raw', tid: null });
    await download({ url: fileUrl(), ticket: signer.sign({ action: 'image/download', imageId: 'img-00000001', version: 1 }, 60_000), path: join(dir, 'back'), sha256: sha(bytes), sizeBytes: bytes.length, where: 't', reserveBytes: 0, signal: never() });
    assert.equal((await fetch(`${walrus.url}/readyz`)).status, 200);
  });
  it('answers ranges, If-Range, HEAD and the strong ETag as the RFC says', async () => {
    await start();
    await upload(bytes);
    const etag = `"sha256-${sha(bytes)}"`;
    const part = await read({ Range: 'bytes=10-19', 'If-Range': etag });
    assert.deepEqual([part.status, part.headers.get('etag'), part.headers.get('content-range')], [206, etag, `bytes 10-19/${bytes.length}`]);
    assert.ok(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 20)));
    const other = await read({ Range: 'bytes=10-19', 'If-Range': '"sha256-else"' });
    assert.equal(other.status, 200);
    await other.body?.cancel();
    const last = await read({ Range: 'bytes=-5' });
    assert.ok(Buffer.from(await last.arrayBuffer()).equals(bytes.subarray(-5)));
    assert.equal((await read({ Range: `bytes=${bytes.length}-` })).status, 416);
    const head = await read({}, 'HEAD');
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(bytes.length)]);
    assert.equal((await read({ 'If-None-Match': etag })).status, 304);
  });
  it('never lists or serves an upload that was interrupted, and goes on with it after a restart', async () => {
    await start();
    const proxy = await startProxy({ target: { host: '127.0.0.1', port: Number(new URL(walrus.url).port) } });
    const sendSome = new AbortController();
    writeFileSync(join(dir, 'to-send'), bytes);
    await assert.rejects(sendUpload({ uploadUrl: `http://127.0.0.1:${proxy.port}/walrus/api/1.0/uploads`, ticket: ticket(), image: { sizeBytes: bytes.length }, path: join(dir, 'to-send'), signal: sendSome.signal, onProgress: (done) => { if (done >= 3 * MiB) sendSome.abort(); } }), code('CANCELLED'));
    await proxy.close();
    assert.equal((await read()).status, 404);
    assert.deepEqual(readdirSync(join(dir, 'data', 'images')), []);
    await walrus.close();
    await start();
    await upload(bytes);
    await until('imagestatus', () => statuses.length > 0);
    assert.equal(statuses[0]?.sha256, sha(bytes));
  });

  const bad: Array<[string, () => { content: Buffer; claims?: Partial<UploadTicket> }, ErrorCode]> = [
    ['a backing file', () => { writeFileSync(join(dir, 'base.raw'), Buffer.alloc(MiB)); return { content: qcow2('-b', 'base.raw', '-F', 'raw', '1M'), claims: { format: 'qcow2' } }; }, 'IMAGE_BACKING_FILE'],
    ['an external data file', () => ({ content: qcow2('-o', 'data_file=data.raw,data_file_raw=on', '1M'), claims: { format: 'qcow2' } }), 'IMAGE_DATA_FILE'],
    ['unknown feature bits', () => ({ content: qcow2('-o', 'extended_l2=on', '1M'), claims: { format: 'qcow2' } }), 'IMAGE_FEATURES_UNKNOWN'],
    ['a giant virtual size', () => ({ content: qcow2('100G'), claims: { format: 'qcow2' } }), 'IMAGE_TOO_BIG'],
    ['the wrong declared format', () => ({ content: qcow2('1M'), claims: { format: 'raw' } }), 'IMAGE_FORMAT_MISMATCH'],
    ['another sha256 than announced', () => ({ content: bytes, claims: { sha256: '0'.repeat(64) } }), 'CHECKSUM_MISMATCH'],
  ];
  for (const [what, make, expected] of bad) {
    it(`refuses an image with ${what}, says so to the CLC, and keeps nothing`, async () => {
      await start();
      const { content, claims } = make();
      await assert.rejects(upload(content, claims), code(expected));
      await until('imagestatus', () => statuses.length > 0);
      assert.deepEqual([statuses[0]?.outcome, statuses[0]?.error?.code], ['refused', expected]);
      assert.deepEqual(files(), []);
    });
  }
  it('lets nobody in without a ticket for exactly that', async () => {
    await start();
    assert.equal((await fetch(fileUrl())).status, 403);
    const other = signer.sign({ action: 'image/download', imageId: 'img-00000002', version: 1 }, 60_000);
    assert.equal((await fetch(fileUrl(), { headers: { Authorization: `Bearer ${other}` } })).status, 403);
    assert.equal((await fetch(`${walrus.url}/walrus/api/1.0/uploads`, { method: 'POST', headers: { Authorization: `Bearer ${other}`, 'Tus-Resumable': '1.0.0', 'Upload-Length': '5' } })).status, 403);
  });
  it('deletes a version when the CLC orders it, once or twice', async () => {
    await start();
    await upload(bytes);
    const order = (id: string): Promise<void> => bus.publish(commandQueue(ID), {
      v: ENVELOPE_VERSION, id, name: 'image/delete', tid: null, jobId: id, target: { node: ID, epoch }, source: null, generation: 1, seq: 0, deadline: Date.now() + 60_000, trail: [],
      body: { job: 'deleteVersion', op: 'do', attempt: 1, plan: 1, params: { imageId: 'img-00000001', version: 1 } },
    });
    await order('delete-1');
    await order('delete-2');
    await until('both answers', () => tasks.filter((t) => t.outcome === 'done').length === 2);
    assert.deepEqual(files(), []);
    assert.equal((await read()).status, 404);
  });
  it('says where and how much is missing when the disk is full, before and in the middle, and keeps no part', async function () {
    const disk = join(dir, 'data');
    mkdirSync(disk);
    try { execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk], { stdio: 'ignore' }); } catch { if (process.env['CI'] === 'true') throw new Error('a tmpfs cannot be mounted here'); this.skip(); }
    try {
      await start();
      const before = (e: unknown): boolean => code('DISK_FULL')(e) && String((e as CloudError).data?.['where']).includes(disk) && Number((e as CloudError).data?.['missingBytes']) > 0;
      await assert.rejects(upload(randomBytes(16 * MiB)), before);
      assert.deepEqual(files(), []);
      // Room is there when it begins; then somebody else takes it.
      const content = randomBytes(6 * MiB);
      const opened = await fetch(`${walrus.url}/walrus/api/1.0/uploads`, { method: 'POST', headers: { Authorization: `Bearer ${ticket()}`, 'Tus-Resumable': '1.0.0', 'Upload-Length': String(content.length) } });
      assert.equal(opened.status, 201);
      writeFileSync(join(disk, 'foreign'), Buffer.alloc(4 * MiB));
      await assert.rejects(upload(content), before);
      assert.deepEqual(files(), []);
      rmSync(join(disk, 'foreign'));
      await upload(content);
    } finally {
      await walrus.close();
      // Lazily: SQLite lets go of its file only when the journal object is collected.
      execFileSync('umount', ['-l', disk]);
    }
  });
});
