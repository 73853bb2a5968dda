import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { hasCode } from '@educloud/errors';
import { createSerialLines } from './line.ts';

describe('the serial line of a guest', () => {
  it('R148 that is closed while it is being opened says so to who waits for it', async () => {
    const guest = net.createServer().listen(0, '127.0.0.1');
    await once(guest, 'listening');
    const lines = createSerialLines({ hypervisor: { serialAddress: async () => ({ host: '127.0.0.1', port: (guest.address() as AddressInfo).port }) as never }, logOf: () => '/nowhere' });
    const opening = lines.open('ins-1', 0);
    for (let turn = 0; turn < 5; turn++) await null; // it is being dialled
    lines.close();
    await assert.rejects(opening, (e) => hasCode(e, 'GUEST_NOT_RUNNING'));
    guest.close();
  });
});
