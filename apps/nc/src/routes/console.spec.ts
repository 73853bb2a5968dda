// A guest that does not read what somebody pastes into its serial port: who leaves is noticed, and what waits for it has a bound.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { join } from './console.ts';

describe('the last stretch to a guest that does not read', () => {
  let server: WebSocketServer;
  beforeEach(async () => {
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
  });
  afterEach(() => {
    for (const ws of server.clients) ws.terminate();
    server.close();
  });
  async function opened(): Promise<{ browser: WebSocket; guest: Duplex }> {
    const guest = new Duplex({ read: () => undefined, write: () => undefined }); // it never takes what is written
    server.once('connection', (ws) => join(ws, guest));
    const browser = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await once(browser, 'open');
    return { browser, guest };
  }

  it('R185: notices that whoever pasted much into it has left', async () => {
    const { browser, guest } = await opened();
    for (let i = 0; i < 8; i += 1) browser.send(Buffer.alloc(64 * 1024));
    const left = once(guest, 'close');
    browser.close();
    await left;
  });
  it('is ended with words when more waits than anybody types', async () => {
    const { browser, guest } = await opened();
    const [closed, ended] = [once(browser, 'close'), once(guest, 'close')];
    for (let i = 0; i < 20; i += 1) browser.send(Buffer.alloc(128 * 1024));
    const [code, why] = (await closed) as [number, Buffer];
    assert.deepEqual([code, why.toString()], [1008, 'the guest does not read what it is sent']);
    await ended;
  });
});
