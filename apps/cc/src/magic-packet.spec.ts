import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { magicPacket, sendMagicPacket } from './magic-packet.ts';

describe('a magic packet', () => {
  it('is six times FF and sixteen times the card', () => {
    const packet = magicPacket('52:54:00:12:34:ab');
    assert.equal(packet.length, 102);
    assert.equal(packet.toString('hex'), 'f'.repeat(12) + '5254001234ab'.repeat(16));
    for (const bad of ['', '52:54:00', 'xx:54:00:12:34:ab', '52:54:00:12:34:ab:cd']) assert.throws(() => magicPacket(bad), bad);
  });
  it('goes to each address', async () => {
    const card = createSocket('udp4');
    const heard = new Promise<string>((resolve) => { card.once('message', (message) => resolve(message.toString('hex'))); });
    await new Promise<void>((resolve) => { card.bind(0, '127.0.0.1', resolve); });
    await sendMagicPacket('52:54:00:12:34:ab', ['127.0.0.1'], card.address().port);
    assert.equal(await heard, magicPacket('52:54:00:12:34:ab').toString('hex'));
    card.close();
  });
});
