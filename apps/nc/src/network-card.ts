// The network card of this host by which it can be woken: that of the first address that is not its own alone.
import { networkInterfaces } from 'node:os';

/** Bridges and taps that virtualisation makes are no cards. */
const VIRTUAL = /^(virbr|vnet|docker|br-|veth|tap|tun)/;

export function networkCard(interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces()): string | null {
  for (const [name, addresses] of Object.entries(interfaces)) {
    if (VIRTUAL.test(name)) continue;
    const found = addresses?.find(({ internal, family, mac }) => !internal && family === 'IPv4' && mac !== '00:00:00:00:00:00');
    if (found) return found.mac.toLowerCase();
  }
  return null;
}
