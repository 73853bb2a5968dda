// A network namespace per node, each with one cable to a bridge on the host. All names carry the pid of who made them, so that leftovers are found.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export const run = promisify(execFile);
const ip = (...args: string[]): Promise<unknown> => run('ip', args);

export interface Cable { netns: string; device: string; address: string }
export interface Network {
  /** Address of the host on the bridge. */
  host: string;
  cables: Cable[];
}

const PREFIX = 'ef';
const nameOf = (pid: number, what: string): string => `${PREFIX}${pid}${what}`; // devices have at most 15 characters

export const enter = (netns: string, ...words: string[]): string[] => ['ip', 'netns', 'exec', netns, ...words];
export const inside = (netns: string, ...words: string[]): Promise<unknown> => run('ip', ['netns', 'exec', netns, ...words]);

export async function layNetwork(pid: number, nodes: number): Promise<Network> {
  const net = `10.232.${pid % 250}`;
  const bridge = nameOf(pid, 'b');
  await ip('link', 'add', bridge, 'type', 'bridge');
  await ip('addr', 'add', `${net}.1/24`, 'dev', bridge);
  await ip('link', 'set', bridge, 'up');
  const cables: Cable[] = [];
  for (let n = 1; n <= nodes; n += 1) {
    const cable: Cable = { netns: nameOf(pid, `n${n}`), device: 'up0', address: `${net}.${10 + n}` };
    await ip('netns', 'add', cable.netns);
    await ip('-n', cable.netns, 'link', 'set', 'lo', 'up');
    const hostEnd = nameOf(pid, `v${n}`);
    await ip('link', 'add', hostEnd, 'type', 'veth', 'peer', 'name', cable.device, 'netns', cable.netns);
    await ip('link', 'set', hostEnd, 'master', bridge, 'up');
    await ip('-n', cable.netns, 'addr', 'add', `${cable.address}/24`, 'dev', cable.device);
    await ip('-n', cable.netns, 'link', 'set', cable.device, 'up');
    cables.push(cable);
  }
  return { host: `${net}.1`, cables };
}

/** Rules and queueing disciplines inside a namespace go with it. */
export async function removeNetwork(pid: number): Promise<void> {
  const { stdout: spaces } = await run('ip', ['netns', 'list']);
  for (const name of spaces.split('\n').map((line) => line.split(' ')[0] ?? '').filter((name) => new RegExp(`^${PREFIX}${pid}n\\d+$`).test(name))) await ip('netns', 'del', name);
  const { stdout: links } = await run('ip', ['-o', 'link', 'show', 'type', 'bridge']);
  if (links.includes(` ${nameOf(pid, 'b')}:`)) await ip('link', 'del', nameOf(pid, 'b'));
}
