// Hosts of a bench as network namespaces, and a bridge of their own by which CLC and servers on the host are reached, as on a management network.
// Either three in a row, walrus ─ cc ─ nc, each link a veth shaped to 1 Gb/s on both ends; or one with a bridge for guests. Needs root.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Workshop } from './workshop.ts';

const run = promisify(execFile);
const ip = (...args: string[]): Promise<unknown> => run('ip', args);

/** What a link of 1 Gb/s carries after Ethernet, IP and TCP: about 112 MiB/s. */
const SHAPE = ['tbf', 'rate', '1gbit', 'burst', '128kb', 'latency', '20ms'];

export interface Row {
  host: string;
  /** Name of the namespace and its address on the management bridge. */
  walrus: Place; cc: Place; nc: Place;
  /** Where the CC reaches Walrus, and where the NC reaches the CC: each over its shaped link. */
  walrusOnLink: string; ccOnLink: string;
}
interface Place { netns: string; address: string }

export const inside = (place: { netns: string }): string[] => ['ip', 'netns', 'exec', place.netns];

/** A bridge of management with this host on it. The third number of its addresses keeps it apart from that of another bench that may run. */
async function layManagement(shop: Workshop, net: number): Promise<{ host: string; stand(what: string, n: number): Promise<Place> }> {
  const name = (what: string): string => `eb${process.pid}${what}`; // at most 15 characters
  const host = `10.231.${net}.1`;
  const bridge = name('m');
  await ip('link', 'add', bridge, 'type', 'bridge');
  shop.onEnd(() => ip('link', 'del', bridge));
  await ip('addr', 'add', `${host}/24`, 'dev', bridge);
  await ip('link', 'set', bridge, 'up');
  return {
    host,
    async stand(what, n) {
      const one: Place = { netns: name(what), address: `10.231.${net}.${n}` };
      await ip('netns', 'add', one.netns);
      shop.onEnd(() => ip('netns', 'del', one.netns)); // its ends of the cables go with it
      await ip('-n', one.netns, 'link', 'set', 'lo', 'up');
      const hostEnd = `${one.netns}m`;
      await ip('link', 'add', hostEnd, 'type', 'veth', 'peer', 'name', 'mgmt', 'netns', one.netns);
      await ip('link', 'set', hostEnd, 'master', bridge, 'up');
      await ip('-n', one.netns, 'addr', 'add', `${one.address}/24`, 'dev', 'mgmt');
      await ip('-n', one.netns, 'link', 'set', 'mgmt', 'up');
      return one;
    },
  };
}

const GUESTS = '10.232.0';
/** What a cluster is told of the bridge of `layGuestHost`: private mode, leased addresses and ports. */
export const GUEST_NETWORK = {
  mode: 'private', managementPorts: { from: 5000, to: 5099 }, rdpPorts: { from: 5100, to: 5199 }, accessHost: `${GUESTS}.1`, bridge: 'br0', privateNet: { cidr: `${GUESTS}.0/24`, from: `${GUESTS}.50`, to: `${GUESTS}.99`, gateway: `${GUESTS}.1` },
};

/** One host for cluster and node controller, with a bridge for guests. */
export async function layGuestHost(shop: Workshop): Promise<{ host: string; node: Place }> {
  const management = await layManagement(shop, 3 * (process.pid % 80));
  const node = await management.stand('g', 2);
  await ip('-n', node.netns, 'link', 'add', 'br0', 'type', 'bridge');
  await ip('-n', node.netns, 'addr', 'add', `${GUESTS}.1/24`, 'dev', 'br0');
  await ip('-n', node.netns, 'link', 'set', 'br0', 'up');
  await run('ip', ['netns', 'exec', node.netns, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);
  return { host: management.host, node };
}

export async function layCables(shop: Workshop): Promise<Row> {
  const net = 3 * (process.pid % 80);
  const { host, stand } = await layManagement(shop, net);
  const [walrus, cc, nc] = [await stand('w', 2), await stand('c', 3), await stand('n', 4)];
  const row: Row = { host, walrus, cc, nc, walrusOnLink: `10.231.${net + 1}.1`, ccOnLink: `10.231.${net + 2}.1` };
  await cable(row.walrus, row.walrusOnLink, row.cc, `10.231.${net + 1}.2`, 'shaped-1');
  await cable(row.cc, row.ccOnLink, row.nc, `10.231.${net + 2}.2`, 'shaped-2');
  // The CLC knows Walrus and the CC by the same addresses, but reaches them over the bridge. They go with the bridge.
  await ip('route', 'add', `${row.walrusOnLink}/32`, 'via', row.walrus.address);
  await ip('route', 'add', `${row.ccOnLink}/32`, 'via', row.cc.address);
  return row;
}

async function cable(left: Place, leftAddress: string, right: Place, rightAddress: string, device: string): Promise<void> {
  await ip('-n', left.netns, 'link', 'add', 'name', device, 'type', 'veth', 'peer', 'name', device, 'netns', right.netns);
  for (const [one, address] of [[left, leftAddress], [right, rightAddress]] as const) {
    await ip('-n', one.netns, 'addr', 'add', `${address}/24`, 'dev', device);
    await ip('-n', one.netns, 'link', 'set', device, 'up');
    await run('tc', ['-n', one.netns, 'qdisc', 'add', 'dev', device, 'root', ...SHAPE]);
  }
}
