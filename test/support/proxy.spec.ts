// The proxy of the tests must be a line as others are: it may be slow, it may break, it never turns bytes around.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { startProxy } from './proxy.ts';

const CHUNKS = 400;

describe('the proxy of the tests', () => {
  it('keeps the order of what it passes on, also when a delay ends while it holds some', async () => {
    const server = createServer((socket) => void socket.on('error', () => undefined));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = await startProxy({ target: { host: '127.0.0.1', port: (server.address() as AddressInfo).port } });
    const client = connect({ host: proxy.host, port: proxy.port, noDelay: true });
    const [[peer]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [[ReturnType<typeof connect>], unknown];
    let got = '';
    const all = new Promise<void>((resolve) => peer.on('data', (bytes: Buffer) => { got += bytes.toString(); if (got.split('\n').length > CHUNKS) resolve(); }));
    const sent = Array.from({ length: CHUNKS }, (_, i) => `${i}\n`);
    for (const [i, line] of sent.entries()) {
      if (i % 80 === 0) proxy.trouble(i % 160 === 0 ? { delayMs: 30 } : null);
      client.write(line);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    await all;
    assert.equal(got, sent.join(''));
    client.destroy();
    await proxy.close();
    server.close();
  });
});
