import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { openVncTunnel, viewerFile, type VncTunnel } from './vnc-tunnel.ts';

describe('a screen for a VNC client of this machine', () => {
  let screens: WebSocketServer;
  let tunnel: VncTunnel;
  let tickets = 0;
  let refusing = false;
  const failures: string[] = [];
  const headers: string[] = [];
  const arrived: Socket[] = [];

  before(async () => {
    screens = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(screens, 'listening');
    screens.on('connection', (screen: WebSocket, request) => {
      headers.push(`${request.url} ${request.headers.authorization}`);
      screen.send('RFB 003.008\n');
      screen.on('message', (chunk) => screen.send(chunk as Buffer));
    });
    tunnel = await openVncTunnel({
      port: 0,
      async open() {
        if (refusing) throw new Error('it is off');
        return { url: `ws://127.0.0.1:${(screens.address() as { port: number }).port}/${(tickets += 1)}`, headers: { Authorization: 'Bearer mine' } };
      },
      failed: (e) => void failures.push(e.message),
    });
  });
  after(async () => {
    for (const socket of arrived) socket.destroy();
    await tunnel.close();
    for (const screen of screens.clients) screen.terminate();
    screens.close();
  });
  const viewer = async (): Promise<Socket> => {
    const socket = connect(tunnel.port, '127.0.0.1');
    socket.on('error', () => undefined);
    arrived.push(socket);
    await once(socket, 'connect');
    return socket;
  };

  it('takes a ticket for each connection and carries everything both ways, also what the viewer says first', async () => {
    for (const n of [1, 2]) {
      const socket = await viewer();
      socket.write('early');
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      while (!text.includes('early')) await once(socket, 'data');
      assert.equal(text, 'RFB 003.008\nearly');
      assert.equal(headers[n - 1], `/${n} Bearer mine`);
    }
  });
  it('carries more than any buffer holds', async () => {
    const socket = await viewer();
    const sent = Buffer.alloc(8 * 1024 * 1024, 7);
    let got = 0;
    socket.on('data', (chunk: Buffer) => (got += chunk.length));
    socket.write(sent);
    while (got < sent.length + 12) await once(socket, 'data');
    assert.equal(got, sent.length + 12);
  });
  it('ends a viewer when its screen ends, and the screen when the viewer leaves', async () => {
    const socket = await viewer();
    await once(socket, 'data');
    const [screen] = [...screens.clients].slice(-1) as [WebSocket];
    socket.destroy();
    await once(screen, 'close');
    const other = await viewer();
    await once(other, 'data');
    ([...screens.clients].at(-1) as WebSocket).close();
    await once(other, 'close');
  });
  it('says why there is no screen, and listens on', async () => {
    refusing = true;
    await once(await viewer(), 'close');
    refusing = false;
    assert.deepEqual(failures, ['it is off']);
    await once(await viewer(), 'data');
  });
  it('R142 is closed in order while a ticket is being made: what comes of it is not dialled', async () => {
    let give: (way: { url: string; headers: Record<string, string> }) => void = () => undefined;
    let asked: () => void = () => undefined;
    const asking = new Promise<void>((resolve) => { asked = resolve; });
    const closing = await openVncTunnel({ port: 0, open: () => new Promise((resolve) => { give = resolve; asked(); }), failed: (e) => void failures.push(e.message) });
    const before = headers.length;
    arrived.push(connect(closing.port, '127.0.0.1').on('error', () => undefined));
    await asking;
    await closing.close();
    give({ url: `ws://127.0.0.1:${(screens.address() as { port: number }).port}/late`, headers: {} });
    // An error that nobody listens to would be thrown in this turn of the loop.
    await new Promise((resolve) => { setImmediate(resolve); });
    await once(await viewer(), 'data');
    assert.deepEqual(headers.slice(before).map((line) => line.includes('late')), [false]);
  });
  it('is on this machine only, and refuses a port that is taken', async () => {
    await assert.rejects(openVncTunnel({ port: tunnel.port, open: () => Promise.reject(new Error('not asked')), failed: () => undefined }), { code: 'EADDRINUSE' });
  });
  it('is described to virt-viewer; a name cannot become a setting', () => {
    assert.equal(viewerFile({ port: 5901, title: 'desk\nhost=evil\r\u2028x' }), '[virt-viewer]\ntype=vnc\nhost=127.0.0.1\nport=5901\ntitle=desk host=evil x\ndelete-this-file=0\n');
  });
});
