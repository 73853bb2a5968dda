// Loopback transfer Walrus → CC → NC of one random image with cut-through and both checksums, against one curl; CPU seconds per GiB.
// Prints one JSON line. `npx tsx bench/transfer.ts [MiB] [dir]`; the other roles are this file started again.
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ImageRef, UploadTicket } from '@educloud/contracts';
import { createImageCache, createUploads, download, handleTus, sendUpload, serveFile, type ImageCache } from '@educloud/images';
import { silentLog } from '@educloud/log';

const MiB = 1024 * 1024;
interface Order { role: 'walrus' | 'cc' | 'nc' | 'receiver'; dir: string; image: ImageRef; file: string; url: string }

async function serve(role: string, order: Order): Promise<string> {
  let cache: ImageCache | null = null;
  const start = (): Promise<void> => cache!.start('ins-00000001', order.image, { url: order.url, ticket: 't' });
  if (role === 'cc') {
    cache = await createImageCache({
      dir: join(order.dir, 'cc'), reserveBytes: 0, where: 'cc', log: silentLog(), now: Date.now,
      fetch: ({ image, source, path, signal, onProgress, onWritten }) => download({ ...source, path, sha256: image.sha256, sizeBytes: image.sizeBytes, where: 'cc', reserveBytes: 0, signal, onProgress, onWritten }),
    });
  }
  const uploads = role === 'receiver' ? await createUploads({ dir: join(order.dir, 'in'), finalDir: join(order.dir, 'final'), where: 'r', reserveBytes: 0, log: silentLog(), now: Date.now, onAccepted: async () => undefined, onRefused: async () => undefined }) : null;
  const claims: UploadTicket = { action: 'image/upload', imageId: order.image.imageId, version: 1, sizeBytes: order.image.sizeBytes, sha256: null, format: 'raw', maxVirtualBytes: 2 ** 50, tid: null };
  const server = createServer(async (request, response) => {
    if (uploads) return void handleTus(uploads, request, response, { claims, path: '/uploads', name: request.url?.split('/')[2] ?? null }).catch((e: unknown) => { response.writeHead(500).end(String(e)); });
    if (cache) await start();
    const file = cache ? cache.read(order.image)! : { path: order.file, sha256: order.image.sha256, sizeBytes: order.image.sizeBytes };
    await serveFile(request, response, file);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/uploads`;
}

async function child(): Promise<void> {
  process.on('message', async (order: Order | 'cpu') => {
    if (order === 'cpu') { const { user, system } = process.cpuUsage(); process.send?.({ cpu: (user + system) / 1e6 }); return; }
    if (order.role === 'nc') {
      const at = performance.now();
      await download({ url: order.url, ticket: 't', path: join(order.dir, 'nc.raw'), sha256: order.image.sha256, sizeBytes: order.image.sizeBytes, where: 'nc', reserveBytes: 0, signal: new AbortController().signal });
      process.send?.({ seconds: (performance.now() - at) / 1000 });
    } else process.send?.({ url: await serve(order.role, order) });
  });
}

const ask = <T>(to: ChildProcess, message: unknown): Promise<T> => new Promise((resolve) => { to.once('message', (answer) => resolve(answer as T)); to.send(message as object); });

async function main(): Promise<void> {
  const size = Number(process.argv[2] ?? 1024) * MiB;
  const dir = mkdtempSync(join(process.argv[3] ?? tmpdir(), 'edu-bench-transfer-'));
  const children: ChildProcess[] = [];
  try {
    const file = join(dir, 'source.raw');
    const hash = createHash('sha256');
    const fd = openSync(file, 'w');
    for (let at = 0; at < size; at += MiB) { const block = randomBytes(MiB); hash.update(block); writeSync(fd, block); }
    closeSync(fd);
    const image: ImageRef = { imageId: 'img-00000001', version: 1, sha256: hash.digest('hex'), sizeBytes: size, virtualSizeBytes: size, format: 'raw' };
    const begin = (): ChildProcess => { const made = fork(fileURLToPath(import.meta.url), ['child'], { execArgv: process.execArgv }); children.push(made); return made; };
    const order = (role: Order['role'], url = ''): Order => ({ role, dir, image, file, url });
    const cpu = async (of: ChildProcess): Promise<number> => (await ask<{ cpu: number }>(of, 'cpu')).cpu;
    const gib = size / 1024 ** 3;

    const walrus = begin();
    const { url } = await ask<{ url: string }>(walrus, order('walrus'));
    const curls: number[] = [];
    for (let n = 0; n < 2; n += 1) { const at = performance.now(); execFileSync('curl', ['-s', '-o', join(dir, 'curl.raw'), url]); curls.push((performance.now() - at) / 1000); rmSync(join(dir, 'curl.raw')); }
    const cc = begin();
    const { url: ccUrl } = await ask<{ url: string }>(cc, order('cc', url));
    const nc = begin();
    const before = { walrus: await cpu(walrus), cc: await cpu(cc), nc: await cpu(nc) };
    const cold = await ask<{ seconds: number }>(nc, order('nc', ccUrl));
    const coldCpu = { walrus: (await cpu(walrus)) - before.walrus, cc: (await cpu(cc)) - before.cc, nc: (await cpu(nc)) - before.nc };
    rmSync(join(dir, 'nc.raw'));
    const warm = await ask<{ seconds: number }>(nc, order('nc', ccUrl));
    rmSync(join(dir, 'nc.raw'));
    const receiver = begin();
    const { url: uploadUrl } = await ask<{ url: string }>(receiver, order('receiver'));
    const cpuBefore = await cpu(receiver);
    const at = performance.now();
    await sendUpload({ uploadUrl, ticket: 't', image, path: file, signal: new AbortController().signal });
    const upload = (performance.now() - at) / 1000;
    const round = (n: number): number => Math.round(n * 100) / 100;
    const curl = Math.min(...curls);
    console.log(JSON.stringify({ gib, curlSeconds: round(curl), coldSeconds: round(cold.seconds), warmSeconds: round(warm.seconds), coldToCurl: round(cold.seconds / curl), warmToCurl: round(warm.seconds / curl), uploadSeconds: round(upload),
      cpuSecondsPerGiB: { walrus: round(coldCpu.walrus / gib), cc: round(coldCpu.cc / gib), nc: round(coldCpu.nc / gib), uploadReceiver: round(((await cpu(receiver)) - cpuBefore) / gib) } }));
  } finally {
    for (const one of children) one.kill();
    rmSync(dir, { recursive: true, force: true });
  }
}

await (process.argv[2] === 'child' ? child() : main());
