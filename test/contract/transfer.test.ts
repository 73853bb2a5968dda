// The copy contract on HTTP and on SFTP with a real OpenSSH server.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { ImageRef } from '@educloud/contracts';
import { CloudError, hasCode } from '@educloud/errors';
import type { GrowingFile } from '@educloud/images';
import { createHttpCopy } from '../../apps/nc/src/drivers/image-copy/http.ts';
import { createSftpCopy } from '../../apps/nc/src/drivers/image-copy/sftp.ts';
import { startSshd } from '../../tools/servers/sshd.ts';
import { startProxy } from '../support/proxy.ts';
import { eventually } from '../support/eventually.ts';
import { startImageServer } from '../support/image-server.ts';
import { transferContract, type TransferScene } from './transfer.contract.ts';

transferContract('HTTP', async (file) => {
  const bytes = readFileSync(file);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const server = await startImageServer({ file: () => ({ path: file, sha256, sizeBytes: bytes.length }) });
  const proxy = await startProxy({ target: { host: '127.0.0.1', port: Number(new URL(server.url).port) } });
  return {
    copy: (more) => createHttpCopy({ where: 'test node', reserveBytes: more?.reserveBytes ?? 0, pauseMs: () => 5 }),
    source: { url: `http://127.0.0.1:${proxy.port}/file`, ticket: 'a-ticket' },
    cut: proxy.cut,
    sent: proxy.sent,
    async close() { await proxy.close(); await server.close(); },
  };
});

/** What the CC says about the file over HTTP while its bytes go over SFTP. */
async function openSftp(file: string, folder?: string): Promise<TransferScene & { cc: { growing: GrowingFile | null; refusal: CloudError | null; asked: number }; served: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'edu-sshd-'));
  const server = await startSshd({ dir });
  const bytes = readFileSync(file);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  copyFileSync(file, join(server.root, basename(file)));
  const proxy = await startProxy({ target: { host: server.host, port: server.port } });
  const cc = { growing: null as GrowingFile | null, refusal: null as CloudError | null, asked: 0 };
  const http = await startImageServer({ file: () => {
    cc.asked += 1;
    if (cc.refusal) throw cc.refusal;
    return { path: file, sha256, sizeBytes: bytes.length, growing: cc.growing };
  } });
  const { privateKey, hostKeySha256 } = server;
  return {
    cc,
    served: join(server.root, basename(file)),
    copy: (more) => createSftpCopy({ where: 'test node', reserveBytes: more?.reserveBytes ?? 0, pauseMs: () => 5, attempts: 3, port: proxy.port, folder: folder ?? (process.getuid?.() === 0 ? '/' : server.root), user: server.username, privateKey, hostKeySha256 }),
    source: { url: `${http.url}/cc/api/1.0/images/img-00000001/versions/1/file`, ticket: 'a-ticket' },
    cut: proxy.cut,
    sent: proxy.sent,
    async close() {
      await http.close();
      await proxy.close();
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

transferContract('SFTP', (file) => openSftp(file));

describe('image copy over SFTP from a cluster controller that is still receiving', function () {
  this.timeout(30_000);
  const BYTES = randomBytes(300_000);
  const image: ImageRef = { imageId: 'img-00000002', version: 7, sha256: createHash('sha256').update(BYTES).digest('hex'), sizeBytes: BYTES.length, virtualSizeBytes: BYTES.length, format: 'raw' };
  const neverMore: GrowingFile = { available: () => 1000, waitBeyond: () => new Promise(() => undefined), open: () => open(join(dir, 'img-00000002.v7.raw'), 'r') };
  let dir = '';
  let scene: Awaited<ReturnType<typeof openSftp>>;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'edu-copy-'));
    writeFileSync(join(dir, 'img-00000002.v7.raw'), BYTES);
    scene = await openSftp(join(dir, 'img-00000002.v7.raw'));
  });
  after(async () => {
    await scene?.close();
    rmSync(dir, { recursive: true, force: true });
  });
  beforeEach(() => Object.assign(scene.cc, { growing: null, refusal: null, asked: 0 }));
  let targets = 0;
  const target = (): string => { mkdirSync(join(dir, `t${++targets}`)); return join(dir, `t${targets}`, 'img-00000002.v7.raw'); };
  const fetch = (path: string, signal = new AbortController().signal): Promise<void> => scene.copy().fetch({ image, source: scene.source, path, signal, onProgress: () => undefined });
  const moveAway = (): void => renameSync(scene.served, `${scene.served}.part`);
  const moveBack = (): void => renameSync(`${scene.served}.part`, scene.served);

  it('waits until the file has its final name, longer than any number of broken lines would last, and fetches it then', async () => {
    moveAway();
    scene.cc.growing = neverMore;
    const path = target();
    const fetched = fetch(path);
    await eventually('it asked many times', async () => scene.cc.asked > 8);
    moveBack();
    scene.cc.growing = null;
    await fetched;
    assert.ok(readFileSync(path).equals(BYTES));
  });
  it('stops waiting when it is aborted', async () => {
    scene.cc.growing = neverMore;
    const controller = new AbortController();
    const fetched = fetch(target(), controller.signal);
    await eventually('it waits', async () => scene.cc.asked > 1);
    controller.abort();
    await assert.rejects(fetched, (e) => hasCode(e, 'CANCELLED'));
  });
  it('says in the words of the cluster controller why there will be no file', async () => {
    scene.cc.refusal = new CloudError('IMAGE_NOT_READY', 'not in the cache of this cluster');
    await assert.rejects(fetch(target()), (e) => hasCode(e, 'IMAGE_NOT_READY') && /not in the cache of this cluster/.test((e as Error).message));
  });
  it('names the setting when the file is there but not where the setting says', async () => {
    moveAway();
    try {
      await assert.rejects(fetch(target()), (e) => hasCode(e, 'TRANSFER_FAILED') && /img-00000002\.v7\.raw.*transfer\.sftpPath/.test((e as Error).message));
    } finally { moveBack(); }
  });
});
