// The connection to RabbitMQ under the bus: what the shared promises cannot reach.
import assert from 'node:assert/strict';
import { connect as connectTo, createServer, type AddressInfo } from 'node:net';
import { createAmqpBus } from '@educloud/bus';
import { silentLog } from '@educloud/log';
import { createLink } from '../../libs/bus/src/amqp/link.ts';
import { eventually } from '../support/eventually.ts';
import { allowStart, freshVhost } from '../support/servers.ts';

/** Class 20, method 40 at the head of a method frame's payload. */
const CHANNEL_CLOSE = Buffer.from([0, 20, 0, 40]);

describe('the link to RabbitMQ', () => {
  it('R002 connects again when the connection ends while channels and queues are being made', async function () {
    allowStart(this);
    let setups = 0;
    const link = await createLink({
      url: await freshVhost(), name: 'test', log: silentLog(), onChange: () => undefined, onDown: () => undefined,
      async setup(model) {
        if (++setups > 1) return;
        (model.connection as unknown as { stream: { destroy(e: Error): void } }).stream.destroy(new Error('cut on purpose'));
        await new Promise((resolve) => model.on('close', resolve)); // the consumers do not mind: they try again by themselves
      },
    });
    try {
      await eventually('it is connected', async () => setups > 1 && link.connected(), 10_000);
      assert.equal(setups, 2);
    } finally {
      await link.close();
    }
  });

  it('R301 connects again when the line goes while a channel is being closed during setup', async function () {
    allowStart(this);
    const url = new URL(await freshVhost());
    const broker = Number(url.port);
    // The first time it sees a Channel.Close it cuts the line instead of passing it on.
    let closes = 0;
    const server = createServer((client) => {
      const upstream = connectTo(broker, '127.0.0.1');
      for (const [one, other] of [[client, upstream], [upstream, client]] as const) one.on('error', () => undefined).on('close', () => other.destroy());
      upstream.pipe(client);
      client.on('data', (bytes) => {
        if (bytes.includes(CHANNEL_CLOSE) && ++closes === 1) client.destroy();
        else upstream.write(bytes);
      });
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    url.port = String((server.address() as AddressInfo).port);
    const bus = await createAmqpBus({ url: url.href, log: silentLog() });
    try {
      await eventually('it is connected', () => closes > 1 && bus.state().connected, 20_000);
    } finally {
      await bus.close();
      server.close();
    }
  });
});
