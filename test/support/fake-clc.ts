// A stand-in for the CLC's REST, event stream and console, for browser tests of the pages alone. Nothing happens by itself:
// the test moves the task with `move` and `progress`. Everything it answers is checked against the contracts.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { allowedSteps, BeginImageCreate, BeginImageModify, CloudStatus, ERRORS, ImageView, ProgressEvent, type OsTypeView, Step, TaskEvent, TaskView, type UserRole, type VmTypeView } from '@educloud/contracts';
import type { ErrorCode, TaskState } from '@educloud/contracts';
import { serveRfb } from './fake-rfb.ts';
import { fakeTypes } from './fake-types.ts';

const API = '/clc/api/1.0';
const CSRF = 'csrf-of-the-test';
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
/** The policy that the CLC sends with its pages. */
export const POLICY = "default-src 'self'; connect-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'";

/** Where each asked step leads at once; what follows is the test's. */
const BEGINS: Record<Exclude<Step, 'retry'>, [TaskView['phase'] | null, TaskState]> = {
  prepare: ['preparing', 'downloading'], run: ['editing', 'booting'], stop: ['editing', 'stopping'], submit: ['submitting', 'uploading'],
  cancel: [null, 'cancelling'], delete: [null, 'deleted'],
};

export interface FakeClc {
  url: string;
  /** Every step that was asked for, as `tid step`. */
  asked: string[];
  /** Keysyms pressed in the console. */
  keys: number[];
  /** Texts that the viewer has given to the guest's clipboard. */
  cuts: string[];
  consoles: Set<WebSocket>;
  images: ImageView[];
  tasks: Map<string, TaskView>;
  vmTypes: VmTypeView[];
  osTypes: OsTypeView[];
  /** Who logs in is an administrator unless the test says otherwise. */
  setRole(role: UserRole): void;
  /** Changes a task and tells it on the stream. */
  move(tid: string, patch: Partial<TaskView>): void;
  progress(event: Omit<ProgressEvent, 'at'> & { at?: number }): void;
  setStatus(patch: Partial<CloudStatus>): void;
  /** An upload has ended: the image is there, and the stream tells. */
  addImage(image: ImageView): void;
  /** Cuts every open stream, as a restarted proxy does. */
  cutStreams(): void;
  streams(): number;
  close(): Promise<void>;
}

const json = (response: ServerResponse, code: number, body: unknown, headers: Record<string, string> = {}): void => {
  response.writeHead(code, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
};
const problem = (response: ServerResponse, code: ErrorCode, detail: string): void => {
  const entry = ERRORS[code];
  response.writeHead(entry.status, { 'Content-Type': 'application/problem+json' }).end(JSON.stringify({ type: 'about:blank', title: code, status: entry.status, detail, code, retryable: entry.retryable, action: entry.action }));
};

export async function startFakeClc(options: { pages: string; status: CloudStatus; images: ImageView[]; tasks?: TaskView[] }): Promise<FakeClc> {
  const images = [...options.images];
  const tasks = new Map((options.tasks ?? []).map((task) => [task.tid, task]));
  let status = options.status;
  let role: UserRole = 'admin';
  const types = fakeTypes(json, problem);
  const streams = new Set<ServerResponse>();
  const consoles = new Set<WebSocket>();
  const asked: string[] = [];
  const keys: number[] = [];
  const cuts: string[] = [];
  let eventId = 0;
  let made = 0;

  const tell = (event: string, data: unknown, id?: number): void => {
    const text = `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const stream of streams) stream.write(text);
  };
  const move = (tid: string, patch: Partial<TaskView>): void => {
    const before = tasks.get(tid);
    if (!before) throw new Error(`no task ${tid}`);
    const after = { ...before, ...patch, updatedAt: Date.now() };
    after.allowed = patch.allowed ?? allowedSteps(after);
    const task = TaskView.parse(after);
    tasks.set(tid, task);
    tell('task', TaskEvent.parse({ ...task, errormsg: task.error?.message ?? '', at: Date.now() }), ++eventId);
  };

  const page = (items: unknown[]): unknown => ({ items, next: null });

  const begin = (response: ServerResponse, kind: TaskView['kind'], srcId: string, body: unknown): void => {
    const source = images.find((image) => image.id === srcId);
    if (!source?.latest) return problem(response, 'NOT_FOUND', `There is no image ${srcId}.`);
    const create = kind === 'image/create' ? BeginImageCreate.parse(body) : null;
    if (!create) BeginImageModify.parse(body);
    if (create && images.some((image) => image.name === create.name)) return problem(response, 'NAME_TAKEN', `An image is already called ${create.name}.`);
    made += 1;
    const suffix = made.toString(16).padStart(8, '0');
    const dst = create ? `img-${suffix}` : srcId;
    const tid = `${srcId}:${dst}:ins-${suffix}`;
    const task = TaskView.parse({
      tid, kind, name: create?.name ?? source.name, srcImageId: srcId, srcVersion: source.latest.version, dstImageId: dst, dstVersion: create ? 1 : source.latest.version + 1, insId: `ins-${suffix}`,
      phase: 'preparing', state: 'pending', progress: 0, vmstatus: 'init', message: '', error: null, kept: null, failedStep: null, allowed: allowedSteps({ phase: 'preparing', state: 'pending' }),
      ccId: null, ncId: null, ccip: null, ncip: null, aURL: null, memoryMiB: 512, cpus: 1, placement: null, plans: [], owner: 'admin', createdAt: Date.now(), updatedAt: Date.now(), result: null,
    });
    tasks.set(tid, task);
    json(response, 201, task);
  };

  const step = (response: ServerResponse, name: Step, tid: string): void => {
    const task = tasks.get(tid);
    if (!task) return problem(response, 'NOT_FOUND', `There is no task ${tid}.`);
    if (!task.allowed.includes(name)) return problem(response, 'WRONG_PHASE', `The task is ${task.phase}/${task.state}; allowed: ${task.allowed.join(', ')}.`);
    asked.push(`${tid} ${name}`);
    const [phase, state] = BEGINS[name === 'retry' ? ((task.failedStep ?? 'prepare') as 'prepare') : name];
    move(tid, { phase: phase ?? task.phase, state, progress: 0, error: null, kept: null, failedStep: null });
    json(response, 202, tasks.get(tid), { Location: `${API}/tasks/${tid}` });
  };

  const api = (request: IncomingMessage, response: ServerResponse, path: string, body: unknown): void => {
    if (path === '/login') {
      const { user, password } = body as { user: string; password: string };
      if (password !== 'right') return problem(response, 'BAD_CREDENTIALS', 'User name or password is wrong.');
      return json(response, 200, { user, role, token: 'not-for-pages', csrf: CSRF, expiresAt: Date.now() + 3600_000 }, { 'Set-Cookie': 'educloud=session; HttpOnly; Path=/; SameSite=Strict' });
    }
    if (!(request.headers.cookie ?? '').includes('educloud=session')) return problem(response, 'UNAUTHENTICATED', 'Log in first.');
    if (request.method !== 'GET' && request.headers['x-csrf-token'] !== CSRF) return problem(response, 'CSRF', 'The CSRF token is missing.');
    if (path === '/logout') return json(response, 200, {}, { 'Set-Cookie': 'educloud=; Path=/; Max-Age=0' });
    if (path === '/me') return json(response, 200, { user: 'admin', role, expiresAt: Date.now() + 3600_000 }, { 'X-CSRF-Token': CSRF });
    if (path === '/images') return json(response, 200, page(images.map((image) => ImageView.parse(image))));
    if (path === '/tasks') return json(response, 200, page([...tasks.values()].filter((task) => task.state !== 'deleted')));
    const asksType = /^\/(vmtypes|ostypes)(?:\/(.+))?$/.exec(path);
    if (asksType) return types.answer(request, response, asksType[1] as 'vmtypes' | 'ostypes', asksType[2], body);
    if (path === '/status') return json(response, 200, CloudStatus.parse(status));
    if (path === '/events') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      response.write(': open\nretry: 200\n\n');
      streams.add(response);
      response.on('close', () => streams.delete(response));
      return;
    }
    const asksBegin = /^\/image\/(create|modify)\/task\/begin\/([^/]+)$/.exec(path);
    if (asksBegin) return begin(response, `image/${asksBegin[1] as 'create' | 'modify'}`, asksBegin[2]!, body);
    const asksStep = /^\/image\/(?:create|modify)\/task\/(\w+)\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(path);
    if (asksStep) return step(response, Step.parse(asksStep[1]), asksStep.slice(2).join(':'));
    const asksConsole = /^\/tasks\/([^/]+)\/console$/.exec(path);
    if (asksConsole) {
      if (tasks.get(asksConsole[1]!)?.vmstatus !== 'running') return problem(response, 'GUEST_NOT_RUNNING', 'The guest is not running.');
      return json(response, 200, { url: `${API}/console/one-use-${Date.now()}`, expiresAt: Date.now() + 60_000 });
    }
    const asksTask = /^\/tasks\/([^/]+)$/.exec(path);
    const task = asksTask && tasks.get(asksTask[1]!);
    return task ? json(response, 200, task) : problem(response, 'NOT_FOUND', 'There is no such thing, or it is not yours.');
  };

  const pages = async (response: ServerResponse, path: string): Promise<void> => {
    const file = join(options.pages, normalize(extname(path) === '' ? '/index.html' : path));
    const bytes = await readFile(file).catch(() => null);
    if (!bytes) return void response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': POLICY }).end(bytes);
  };

  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url!, 'http://x').pathname);
    if (!path.startsWith(API)) return void pages(response, path);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      try {
        api(request, response, path.slice(API.length), chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : null);
      } catch (error) {
        problem(response, 'BAD_REQUEST', String(error));
      }
    });
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (opened) => {
      consoles.add(opened);
      opened.on('close', () => consoles.delete(opened));
      serveRfb(opened, (keysym, down) => void (down && keys.push(keysym)), (text) => void cuts.push(text));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked, keys, cuts, consoles, images, tasks, move, vmTypes: types.vmTypes, osTypes: types.osTypes,
    setRole: (now) => { role = now; },
    progress: (event) => tell('progress', ProgressEvent.parse({ at: Date.now(), ...event })),
    addImage: (image) => {
      images.push(image);
      tell('image', { imageId: image.id }, ++eventId);
    },
    setStatus: (patch) => {
      status = { ...status, ...patch };
      tell('node', { id: 'nc-00000001', role: 'nc', name: 'node-1', state: 'up', at: Date.now() }, ++eventId);
    },
    cutStreams: () => streams.forEach((stream) => stream.destroy()),
    streams: () => streams.size,
    close: async () => {
      streams.forEach((stream) => stream.destroy());
      consoles.forEach((socket) => socket.terminate());
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
