// Wake-on-LAN: six times FF and sixteen times the address of the card, by UDP to everybody on the wire. Nobody answers it.
import { createSocket } from 'node:dgram';

export function magicPacket(mac: string): Buffer {
  const card = Buffer.from(mac.replaceAll(':', ''), 'hex');
  if (card.length !== 6) throw new Error(`not an address of a network card: ${JSON.stringify(mac)}`);
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array.from({ length: 16 }, () => card)]);
}

/** Three times to each address: such packets get lost. */
export async function sendMagicPacket(mac: string, addresses: readonly string[], port = 9): Promise<void> {
  const packet = magicPacket(mac);
  const socket = createSocket('udp4');
  try {
    await new Promise<void>((resolve, reject) => { socket.once('error', reject).bind(0, resolve); });
    socket.setBroadcast(true);
    for (const address of addresses) {
      for (let time = 0; time < 3; time += 1) await new Promise<void>((resolve, reject) => { socket.send(packet, port, address, (e) => (e ? reject(e) : resolve())); });
    }
  } finally {
    socket.close();
  }
}
