// Asks for an address as a guest does, for tests: one DISCOVER and one REQUEST with a hardware address of our choice.
import type { Place } from './lay.ts';

const CLIENT = `
import socket, struct, sys, json
device, mac, wait = sys.argv[1], bytes.fromhex(sys.argv[2].replace(':', '')), float(sys.argv[3])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
s.bind(('', 68))
s.settimeout(wait)
def packet(kind, more=b''):
    return struct.pack('!BBBBIHH4s4s4s4s16s64s128s', 1, 1, 6, 0, 0x0ed0ed00, 0, 0x8000, b'', b'', b'', b'', mac, b'', b'') + bytes([99, 130, 83, 99, 53, 1, kind]) + more + bytes([55, 4, 1, 3, 6, 12, 255])
def options(data):
    out, i = {}, 240
    while i < len(data) and data[i] != 255:
        if data[i] == 0: i += 1; continue
        out[data[i]] = data[i + 2:i + 2 + data[i + 1]]; i += 2 + data[i + 1]
    return out
def ask(p, kind):
    s.sendto(p, ('255.255.255.255', 67))
    while True:
        data = s.recv(2000)
        o = options(data)
        if data[28:34] == mac and o.get(53) == bytes([kind]): return data, o
try:
    data, o = ask(packet(1), 2)
    data, o = ask(packet(3, bytes([50, 4]) + data[16:20] + bytes([54, 4]) + o[54]), 5)
    ip = lambda b: '.'.join(map(str, b)) if b else ''
    print(json.dumps({'ip': ip(data[16:20]), 'router': ip(o.get(3)), 'dns': ip(o.get(6)), 'hostname': o.get(12, b'').decode(), 'netmask': ip(o.get(1))}))
except socket.timeout:
    sys.exit(7)
`;

export interface Offer { ip: string; router: string; dns: string; hostname: string; netmask: string }

/** null: nobody gave one in time. */
export const dhcpAsk = (place: Place, device: string, mac: string, withinMs: number): Promise<Offer | null> =>
  place.do('python3', '-c', CLIENT, device, mac, String(withinMs / 1000)).then((text) => JSON.parse(text) as Offer, () => null);
