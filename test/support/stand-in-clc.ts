// A scripted CLC for tests of programs that speak the public API: fixed data, a task that moves when told, an image store that takes tus and gives ranges.
import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudStatus, OsTypeView, VmTypeView } from '@educloud/contracts';

const SHA = (b: Buffer): string => createHash('sha256').update(b).digest('hex');
export const IMG_A = 'img-0000000a';
export const TID = 'img-0000000a:img-0000000b:ins-0000000c';

export interface SeenRequest { method: string; path: string; headers: http.IncomingHttpHeaders; body: Buffer }

export async function standInClc() {
  const seen: SeenRequest[] = [];
  const streams = new Set<http.ServerResponse>();
  const stored = Buffer.alloc(3_000_000, 'educloud image bytes ');
  const version = (state: string, error: string | null = null) => ({ version: 1, state, sha256: SHA(stored), sizeBytes: stored.length, virtualSizeBytes: 1 << 28, format: 'qcow2', parent: null, createdAt: 1, createdBy: 'admin', error });
  const image = { id: IMG_A, name: 'Debian/12', ostype: 'linux', usage: 'server', description: '', latest: version('available'), heldBy: null, createdAt: 1, updatedAt: 1, createdBy: 'admin' };
  const task: Record<string, unknown> = {
    tid: TID, kind: 'image/create', name: 'new', srcImageId: IMG_A, srcVersion: 1, dstImageId: 'img-0000000b', dstVersion: 1, insId: 'ins-0000000c',
    phase: 'preparing', state: 'pending', progress: 0, vmstatus: 'init', message: '', error: null, kept: null, failedStep: null, allowed: ['prepare', 'cancel', 'delete'],
    ccId: null, ncId: null, ccip: null, ncip: null, aURL: null, memoryMiB: 512, cpus: 1, placement: null, plans: [], owner: 'admin', createdAt: 1, updatedAt: 1, result: null,
  };
  const vmTypes: VmTypeView[] = [{ name: 'small', memoryMiB: 512, cpus: 1, diskGiB: 10, description: 'A small Linux server', rev: 3, createdAt: 0, updatedAt: 0 }, { name: '教室', memoryMiB: 2048, cpus: 2, diskGiB: 0, description: 'mine', rev: 1, createdAt: 1, updatedAt: 1 }];
  const osType: OsTypeView = { name: 'other', title: 'Other', diskBus: 'ide', nicModel: 'e1000', video: 'vga', audio: 'none', localtime: true, defaultVmType: 'small', defaultMemoryMiB: 512, defaultCpus: 1, rev: 1, createdAt: 0, updatedAt: 0 };
  const upload = { id: '', bytes: Buffer.alloc(0) as Buffer, size: 0, cutAfter: null as number | null, inspection: 'available' as string, error: null as string | null, tickets: 0 };
  const faults: { failNext: { method: string; status: number; problem: object } | null; dropStreamOnce: boolean; cutDownloadAt: number | null } = { failNext: null, dropStreamOnce: false, cutDownloadAt: null };
  let base = '';

  const emit = (event: string, data: object, id?: string): void => { for (const s of streams) s.write(`${id ? `id: ${id}\n` : ''}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`); };
  const setTask = (change: Record<string, unknown>): void => {
    Object.assign(task, change);
    emit('task', { tid: TID, phase: task['phase'], state: task['state'], progress: task['progress'], vmstatus: 'init', message: '', errormsg: '', at: 1 }, String(Date.now()));
  };

  const server = http.createServer((q, s) => {
    const chunks: Buffer[] = [];
    const { pathname, searchParams } = new URL(q.url!, 'http://x');
    const path = pathname.replace('/clc/api/1.0', '');
    const json = (status: number, body: object): void => { s.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' }).end(JSON.stringify(body)); };
    const problem = (status: number, code: string, detail: string, more: object = {}): void => json(status, { type: 'about:blank', title: code, status, detail, code, retryable: false, action: `Do what ${code} needs.`, ...more });
    // The store cuts the connection in the middle of a PATCH when told to.
    q.on('data', (d: Buffer) => {
      chunks.push(d);
      if (q.method === 'PATCH' && upload.cutAfter !== null && chunks.reduce((n, c) => n + c.length, 0) >= upload.cutAfter) {
        upload.bytes = Buffer.concat([upload.bytes, ...chunks]);
        upload.cutAfter = null;
        server.closeAllConnections();
      }
    });
    q.on('error', () => undefined);
    q.on('end', () => {
      const body = Buffer.concat(chunks);
      seen.push({ method: q.method!, path, headers: q.headers, body });
      const f = faults.failNext;
      if (f && f.method === q.method) { faults.failNext = null; json(f.status, f.problem); return; }
      if (path.startsWith('/store/tus')) { tus(q, s, body, path); return; }
      if (path === '/store/file') { file(q, s); return; }
      if (path === '/login') {
        const { user, password } = JSON.parse(body.toString()) as { user: string; password: string };
        if (password === 'right') json(200, { user, role: 'admin', token: 'tok-1', csrf: 'c', expiresAt: Date.now() + 1e6 });
        else problem(401, 'BAD_CREDENTIALS', 'User name or password is wrong.');
        return;
      }
      if (q.headers.authorization !== 'Bearer tok-1') { problem(401, 'UNAUTHENTICATED', 'Log in.'); return; }
      if (path === '/events') {
        s.writeHead(200, { 'Content-Type': 'text/event-stream' });
        s.write(': hello\n\n');
        if (faults.dropStreamOnce) { faults.dropStreamOnce = false; s.end(); return; }
        streams.add(s);
        s.on('close', () => streams.delete(s));
        return;
      }
      if (path === '/status') { json(200, { version: '0.1.0', mode: 'all-in-one', fake: false, ready: true, reasons: [], controller: { id: 'clc-00000001', role: 'leader', epoch: 1, since: 1, leader: 'clc-00000001' }, daemons: [], tasks: { active: 1, stuck: 0 }, images: 2, orphans: { due: 0, kept: 0 } } satisfies CloudStatus); return; }
      if (path === '/instances' && q.method === 'GET') {
        const items = [1, 2, 3].map((n) => ({ id: `ins-0000000${n}`, name: n === 1 ? 'desk-1' : 'twice', imageId: n === 3 ? 'img-0000009f' : IMG_A, imageVersion: n === 2 ? 4 : 'latest' })).filter(({ name }) => name === (searchParams.get('name') ?? name)).filter(() => [null, 'nc-00000001'].includes(searchParams.get('node')));
        json(200, { items, next: null });
        return;
      }
      if (path === '/nodes/cluster-1') { json(200, { id: 'cc-00000001', name: 'cluster-1', role: 'cc' }); return; }
      if (path === '/nodes/node-1') { json(200, { id: 'nc-00000001', name: 'node-1' }); return; }
      if (/^\/instances\/ins-\w+\/(run|stop)$/.test(path)) { json(202, {}); return; }
      if (path === '/images' && q.method === 'GET') { json(200, searchParams.get('cursor') === 'p2' ? { items: [image], next: null } : { items: [{ ...image, id: 'img-00000001', name: 'other' }], next: 'p2' }); return; }
      if (path === '/images') { upload.id = 'img-000000aa'; upload.bytes = Buffer.alloc(0); json(201, grant()); return; }
      if (path === `/images/${IMG_A}`) { json(200, image); return; }
      if (path.endsWith('/versions/1/upload')) { upload.tickets++; json(200, grant()); return; }
      if (path === '/images/img-000000aa/versions') { json(200, { items: [version(upload.bytes.length === upload.size && upload.size > 0 ? upload.inspection : 'uploading', upload.error)], next: null }); return; }
      if (path.endsWith('/versions')) { json(200, { items: [version('available')], next: null }); return; }
      if (path.endsWith('/versions/1/download')) { json(200, { url: `${base}/clc/api/1.0/store/file`, ticket: 't-down', sha256: SHA(stored), sizeBytes: stored.length, fileName: 'x', expiresAt: 9e15 }); return; }
      if (path.startsWith('/image/create/task/begin/')) { json(201, task); return; }
      if (path.startsWith('/image/create/task/')) {
        const step = path.split('/')[4]!;
        if (!(task['allowed'] as string[]).includes(step)) { problem(409, 'WRONG_PHASE', `The task is in ${String(task['phase'])}/${String(task['state'])}; allowed: ${(task['allowed'] as string[]).join(', ')}.`); return; }
        Object.assign(task, { state: 'downloading' });
        json(202, task);
        return;
      }
      if (path.endsWith('/console') && q.method === 'POST') { json(200, { url: '/clc/api/1.0/console/one-use', expiresAt: 9e15 }); return; }
      if (path === '/vmtypes' && q.method === 'GET') { json(200, { items: vmTypes, next: null }); return; }
      if (path === '/vmtypes') { json(201, { ...vmTypes[0], ...(JSON.parse(body.toString()) as object) }); return; }
      if (path.startsWith('/vmtypes/')) {
        const found = vmTypes.find((v) => v.name === decodeURIComponent(path.slice('/vmtypes/'.length)));
        if (!found) problem(404, 'NOT_FOUND', 'There is no such thing.', { why: { code: 'noVmType', args: { name: 'x' } } });
        else if (q.method === 'DELETE') s.writeHead(204).end();
        else json(200, { ...found, ...(q.method === 'PATCH' ? (JSON.parse(body.toString()) as object) : {}) });
        return;
      }
      if (path === '/ostypes' && q.method === 'GET') { json(200, { items: [osType], next: null }); return; }
      if (path.startsWith('/ostypes')) {
        if (q.method === 'DELETE') problem(409, 'TYPE_IN_USE', 'in use', { why: { code: 'osTypeUsedBy', args: { name: 'other', users: [IMG_A] } } });
        else json(200, { ...osType, ...(body.length > 0 ? (JSON.parse(body.toString()) as object) : {}) });
        return;
      }
      if (path === '/tasks') { json(200, { items: [task], next: null }); return; }
      if (decodeURIComponent(path) === `/tasks/${TID}`) { json(200, task); return; }
      problem(404, 'NOT_FOUND', 'There is no such thing.');
    });
  });
  const grant = () => ({ imageId: 'img-000000aa', version: 1, uploadUrl: `${base}/clc/api/1.0/store/tus`, ticket: 't-up', expiresAt: 9e15 });

  function tus(q: http.IncomingMessage, s: http.ServerResponse, body: Buffer, path: string): void {
    if (q.headers.authorization !== 'Bearer t-up') { s.writeHead(403).end('{"code":"TICKET_INVALID"}'); return; }
    const common = { 'Tus-Resumable': '1.0.0', 'Upload-Offset': '', 'Upload-Length': '' };
    if (q.method === 'POST') { upload.size = Number(q.headers['upload-length']); s.writeHead(201, { 'Tus-Resumable': '1.0.0', Location: `${base}/clc/api/1.0${path}/u1` }).end(); return; }
    if (q.method === 'PATCH') {
      if (Number(q.headers['upload-offset']) !== upload.bytes.length) { s.writeHead(409).end(); return; }
      upload.bytes = Buffer.concat([upload.bytes, body]);
    }
    s.writeHead(q.method === 'HEAD' ? 200 : 204, { ...common, 'Upload-Offset': String(upload.bytes.length), 'Upload-Length': String(upload.size) }).end();
  }
  function file(q: http.IncomingMessage, s: http.ServerResponse): void {
    const etag = `"sha256-${SHA(stored)}"`;
    const from = q.headers['if-range'] === etag ? Number(/bytes=(\d+)-/.exec(q.headers.range ?? '')?.[1] ?? 0) : 0;
    s.writeHead(from > 0 ? 206 : 200, { ETag: etag, 'Content-Length': stored.length - from });
    if (faults.cutDownloadAt !== null) {
      const upTo = faults.cutDownloadAt;
      faults.cutDownloadAt = null;
      s.write(stored.subarray(from, upTo), () => setTimeout(() => s.destroy(), 50));
      return;
    }
    s.end(stored.subarray(from));
  }

  await new Promise<void>((r) => { server.listen(0, '127.0.0.1', r); });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: base, seen, task, upload, faults, stored, setTask, emit,
    listeners: () => streams.size,
    close: () => new Promise<void>((r) => { server.close(() => r()); server.closeAllConnections(); }),
  };
}
export type StandInClc = Awaited<ReturnType<typeof standInClc>>;
