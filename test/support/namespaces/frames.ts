// What a guest may write on its card that it must not: frames in hex, each with a mark by which it is known wherever it is heard. For tests of the guards.

export interface Station { mac: string; ip: string }

const EVERYBODY = 'ff:ff:ff:ff:ff:ff';
const IPV4 = 0x0800, ARP = 0x0806, VLAN = 0x8100, IPV6 = 0x86dd;
const DHCP_SERVER = 67, DHCP_CLIENT = 68;

const macBytes = (mac: string): Buffer => Buffer.from(mac.replaceAll(':', ''), 'hex');
const ipBytes = (ip: string): Buffer => Buffer.from(ip.split('.').map(Number));
const word = (...values: number[]): Buffer => Buffer.concat(values.map((value) => { const two = Buffer.alloc(2); two.writeUInt16BE(value); return two; }));
const ethernet = (to: string, from: string, type: number, payload: Buffer): Buffer => Buffer.concat([macBytes(to), macBytes(from), word(type), payload]);
/** With VLAN 0, which receivers take off and forget. */
const tagged = (to: string, from: string, type: number, payload: Buffer): Buffer => ethernet(to, from, VLAN, Buffer.concat([word(0, type), payload]));

function udp(from: string, to: string, fromPort: number, toPort: number, body: Buffer): Buffer {
  const header = Buffer.concat([Buffer.from([0x45, 0]), word(28 + body.length, 1, 0), Buffer.from([64, 17]), word(0), ipBytes(from), ipBytes(to)]);
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += header.readUInt16BE(i);
  header.writeUInt16BE(~((sum & 0xffff) + (sum >> 16)) & 0xffff, 10);
  return Buffer.concat([header, word(fromPort, toPort, 8 + body.length, 0), body]);
}

/** An offer of the own address as router, to everybody. */
function offer({ ip }: Station, fromPort: number, mark: Buffer): Buffer {
  const bootp = Buffer.concat([Buffer.from([2, 1, 6, 0]), Buffer.alloc(12), ipBytes('10.8.0.77'), Buffer.alloc(216), Buffer.from([99, 130, 83, 99, 53, 1, 2, 3, 4]), ipBytes(ip), Buffer.from([255])]);
  return udp(ip, '255.255.255.255', fromPort, DHCP_CLIENT, Buffer.concat([bootp, mark]));
}

/** "I am the router", to all nodes. */
function advertisement(mark: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from([134, 0]), word(0), Buffer.from([64, 0]), word(1800), Buffer.alloc(8), mark]);
  const [from, to] = ['fe80000000000000505400fffe000051', 'ff020000000000000000000000000001'].map((hex) => Buffer.from(hex, 'hex')) as [Buffer, Buffer];
  return Buffer.concat([Buffer.from([0x60, 0, 0, 0]), word(body.length), Buffer.from([58, 255]), from, to, body]);
}

/** "That address is at my card." */
const claim = ({ mac }: Station, ip: string, mark: Buffer): Buffer => Buffer.concat([word(1, IPV4), Buffer.from([6, 4]), word(2), macBytes(mac), ipBytes(ip), macBytes(EVERYBODY), ipBytes(ip), mark]);

/** `own` is what it may send, and is to be sent last. */
export function frames(me: Station, neighbour: Station, gateway: string, prefix: string): { forbidden: Array<[name: string, hex: string]>; own: [name: string, hex: string] } {
  const hex = (name: string, make: (mark: Buffer) => Buffer): [string, string] => [name, make(Buffer.from(`${prefix}${name}.`)).toString('hex')];
  const hello = (from: string, mark: Buffer): Buffer => udp(from, '255.255.255.255', 5000, 5000, mark);
  const routers = '33:33:00:00:00:01';
  return {
    forbidden: [
      hex('dhcp-server', (mark) => ethernet(EVERYBODY, me.mac, IPV4, offer(me, DHCP_SERVER, mark))),
      hex('dhcp-server-at-another-port', (mark) => ethernet(EVERYBODY, me.mac, IPV4, offer(me, 1067, mark))),
      hex('dhcp-server-in-a-vlan', (mark) => tagged(EVERYBODY, me.mac, IPV4, offer(me, 1067, mark))),
      hex('router', (mark) => ethernet(routers, me.mac, IPV6, advertisement(mark))),
      hex('router-in-a-vlan', (mark) => tagged(routers, me.mac, IPV6, advertisement(mark))),
      hex('gateway-by-arp', (mark) => ethernet(EVERYBODY, me.mac, ARP, claim(me, gateway, mark))),
      hex('neighbour-by-arp', (mark) => ethernet(EVERYBODY, me.mac, ARP, claim(neighbour, neighbour.ip, mark))),
      hex('neighbours-ip', (mark) => ethernet(EVERYBODY, me.mac, IPV4, hello(neighbour.ip, mark))),
      hex('neighbours-card', (mark) => ethernet(EVERYBODY, neighbour.mac, IPV4, hello(neighbour.ip, mark))),
      hex('neighbours-ip-in-a-vlan', (mark) => tagged(EVERYBODY, me.mac, IPV4, hello(neighbour.ip, mark))),
    ],
    own: hex('own', (mark) => ethernet(EVERYBODY, me.mac, IPV4, hello(me.ip, mark))),
  };
}
