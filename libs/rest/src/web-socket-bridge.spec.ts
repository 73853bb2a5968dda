// Whoever wanted a screen leaves while the way to it is being opened: no stretch of that way may stay open.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { hasCode } from '@educloud/errors';
import { WebSocket, WebSocketServer } from 'ws';
import { dialWebSocket, endWhenSilent, tiedTo } from './web-socket-bridge.ts';

const listen = (server: Server): Promise<number> => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));

describe('the way to a screen', () => {
  const servers: Server[] = [];
  const sockets: Duplex[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) server.close();
  });

  /** A tier that dials on for whoever comes, and the next tier, which calls `arrived` and shakes hands when that resolves. */
  async function chain(arrived: (leave: () => Promise<void>) => Promise<void>): Promise<{ dialled: Promise<unknown>; onwardClosed: Promise<void> }> {
    let closed!: () => void;
    const onwardClosed = new Promise<void>((resolve) => { closed = resolve; });
    const accept = new WebSocketServer({ noServer: true });
    let caller: Duplex | null = null;
    let browser: net.Socket | null = null;
    const leave = async (): Promise<void> => {
      const gone = new Promise((resolve) => caller?.once('close', resolve));
      browser?.resetAndDestroy();
      await gone;
    };
    const next = createServer().on('upgrade', (request, socket, head) => {
      sockets.push(socket);
      socket.on('error', () => undefined).on('close', closed).resume();
      void arrived(leave).then(() => { if (!socket.destroyed) accept.handleUpgrade(request, socket, head, () => undefined); });
    });
    const port = await listen(next);
    let settle!: (outcome: unknown) => void;
    const dialled = new Promise<unknown>((resolve) => { settle = resolve; });
    const tier = createServer().on('upgrade', (_request, socket) => {
      caller = socket.on('error', () => socket.destroy());
      sockets.push(socket);
      dialWebSocket(socket, `ws://127.0.0.1:${port}/`, {}, 'the node').then(settle, settle);
    });
    servers.push(next, tier);
    browser = net.connect(await listen(tier), '127.0.0.1').on('error', () => undefined);
    sockets.push(browser);
    browser.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    if (arrived.length === 0) void dialled.then(leave);
    return { dialled, onwardClosed };
  }

  it('is given up when the browser leaves during the dial', async () => {
    const { dialled, onwardClosed } = await chain((leave) => leave());
    assert.ok(hasCode(await dialled, 'CANCELLED'));
    await onwardClosed;
  });
  it('is closed when the browser leaves after the dial, before both ends were joined', async () => {
    const { onwardClosed } = await chain(async () => undefined);
    await onwardClosed;
  });
  it('keeps the reason when it cannot be opened while the browser still waits, and leaves nothing tied', async () => {
    const caller = new net.Socket();
    let closes = 0;
    await assert.rejects(tiedTo(caller, () => { closes += 1; }, Promise.reject(new Error('no'))), /^Error: no$/);
    assert.deepEqual([closes, caller.listenerCount('close')], [1, new net.Socket().listenerCount('close')]);
    caller.destroy();
  });
  it('R182: is ended when whoever is at its other end has lost power, and stays open while they are only quiet', async () => {
    const server = createServer();
    servers.push(server);
    const ends = new WebSocketServer({ server });
    const port = await listen(server);
    const came = (): Promise<WebSocket> => new Promise((resolve) => ends.once('connection', (ws, { socket }) => { sockets.push(socket); resolve(ws); }));
    const open = async (): Promise<{ here: WebSocket; there: WebSocket }> => {
      const arrives = came();
      const there = new WebSocket(`ws://127.0.0.1:${port}/`);
      there.on('error', () => undefined);
      return { here: await arrives, there };
    };
    const [quiet, dead] = [await open(), await open()];
    if (dead.there.readyState !== WebSocket.OPEN) await new Promise((resolve) => dead.there.once('open', resolve));
    dead.there.pause(); // nothing is read, nothing answered, nothing closed
    const ended = new Promise((resolve) => dead.here.once('close', resolve));
    for (const { here } of [quiet, dead]) endWhenSilent(here, 50);
    await ended;
    assert.equal(quiet.here.readyState, WebSocket.OPEN);
    quiet.there.terminate();
    dead.there.terminate();
  });
});
