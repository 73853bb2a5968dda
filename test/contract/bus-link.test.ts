// The connection to RabbitMQ under the bus: what the shared promises cannot reach.
import assert from 'node:assert/strict';
import { silentLog } from '@educloud/log';
import { createLink } from '../../libs/bus/src/amqp/link.ts';
import { eventually } from '../support/eventually.ts';
import { allowStart, freshVhost } from '../support/servers.ts';

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
});
