// Three network namespaces in a row, walrus ─ cc ─ nc, each link a veth shaped to 1 Gb/s on both ends; and a bridge of their own by which
// CLC and servers on the host are reached, as on a management network. Needs root.
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

export async function layCables(shop: Workshop): Promise<Row> {
  const own = process.pid;
  const net = 3 * (own % 80); // beside those of another bench that may run
  const name = (what: string): string => `eb${own}${what}`; // at most 15 characters
  const place = (what: string, n: number): Place => ({ netns: name(what), address: `10.231.${net}.${n}` });
  const row: Row = { host: `10.231.${net}.1`, walrus: place('w', 2), cc: place('c', 3), nc: place('n', 4), walrusOnLink: `10.231.${net + 1}.1`, ccOnLink: `10.231.${net + 2}.1` };

  const bridge = name('m');
  await ip('link', 'add', bridge, 'type', 'bridge');
  shop.onEnd(() => ip('link', 'del', bridge));
  await ip('addr', 'add', `${row.host}/24`, 'dev', bridge);
  await ip('link', 'set', bridge, 'up');
  for (const one of [row.walrus, row.cc, row.nc]) {
    await ip('netns', 'add', one.netns);
    shop.onEnd(() => ip('netns', 'del', one.netns)); // its ends of the cables go with it
    await ip('-n', one.netns, 'link', 'set', 'lo', 'up');
    const hostEnd = `${one.netns}m`;
    await ip('link', 'add', hostEnd, 'type', 'veth', 'peer', 'name', 'mgmt', 'netns', one.netns);
    await ip('link', 'set', hostEnd, 'master', bridge, 'up');
    await ip('-n', one.netns, 'addr', 'add', `${one.address}/24`, 'dev', 'mgmt');
    await ip('-n', one.netns, 'link', 'set', 'mgmt', 'up');
  }
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
