import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { WebSocketServer } from 'ws';
import { openSerialTerminal } from './serial-terminal.ts';

describe('a serial port on this terminal', () => {
  let guests: WebSocketServer;
  let heard = '';
  let gone: Promise<unknown>;
  before(async () => {
    guests = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(guests, 'listening');
    guests.on('connection', (guest) => {
      heard = '';
      gone = once(guest, 'close');
      guest.on('message', (chunk) => (heard += String(chunk)));
    });
  });
  after(() => void guests.close());
  const open = (keys: PassThrough) => openSerialTerminal({ at: { url: `ws://127.0.0.1:${(guests.address() as { port: number }).port}/`, headers: {} }, keys, said: () => undefined, signal: new AbortController().signal });

  it('R193: is left when its keys end, and all that was typed arrives before', async () => {
    const keys = new PassThrough();
    keys.end(`reboot\n${'x'.repeat(300_000)}`);
    assert.equal(await open(keys), 'left');
    await gone;
    assert.equal(heard.length, 300_007);
  });
  it('is left with Ctrl-], and nothing that comes behind it is sent', async () => {
    const keys = new PassThrough();
    keys.write('ls\u001drm');
    assert.equal(await open(keys), 'left');
    await gone;
    assert.equal(heard, 'ls');
  });
});
