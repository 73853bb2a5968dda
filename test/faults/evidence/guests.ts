// Every guest of every node as its hypervisor has it, and the processes that belong to the run.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { fakeGuestFiles } from '../observers/guests.ts';
import type { Rig, RigNode } from '../rig/interface.ts';
import type { GuestSeen, ProcessSeen } from './interface.ts';

const run = promisify(execFile);

export async function guestsOf(rig: Rig): Promise<GuestSeen[]> {
  return (await Promise.all(rig.nodes.map((node) => (node.libvirtUri ? domainsOf(node, node.libvirtUri) : fakesOf(node))))).flat();
}

const fakesOf = (node: RigNode): GuestSeen[] =>
  fakeGuestFiles(node.dataDir).map(({ insId, state }) => ({ node: node.registeredAs, name: insId, insId, state, uuid: null, mark: { tid: null, node: node.ncId }, xml: null }));

async function domainsOf(node: RigNode, uri: string): Promise<GuestSeen[]> {
  const virsh = async (...args: string[]): Promise<string> => (await run('virsh', ['-q', '-c', uri, ...args], { timeout: 20_000, maxBuffer: 8 << 20 })).stdout;
  const names = (await virsh('list', '--all', '--name')).split('\n').map((n) => n.trim()).filter((n) => n !== '');
  return Promise.all(names.map(async (name): Promise<GuestSeen> => {
    const [xml, state] = await Promise.all([virsh('dumpxml', name), virsh('domstate', name)]);
    const mark = /<educloud:instance[^>]*>/.exec(xml)?.[0];
    const attribute = (wanted: string): string | null => (mark ? (new RegExp(`\\s${wanted}=["']([^"']*)["']`).exec(mark)?.[1] ?? null) : null);
    return {
      node: node.registeredAs, name, insId: /^ins-[0-9a-f]{8}$/.test(name) ? name : null, state: state.trim().replace('shut off', 'shutoff'),
      uuid: /<uuid>([^<]+)<\/uuid>/.exec(xml)?.[1] ?? null, mark: mark ? { tid: attribute('tid'), node: attribute('node') } : null, xml,
    };
  }));
}

/** Whatever has the folder of the run in its command line. */
export function processesOf(dir: string): ProcessSeen[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).flatMap((name) => {
    let words: string[] = [];
    try { words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0'); } catch { return []; } // it ended meanwhile
    const cmdline = words.join(' ').trim();
    if (!cmdline.includes(dir)) return [];
    const program = words.find((w) => /\/[a-z-]+\.js$/.test(w))?.replace(/^.*\/|\.js$/g, '');
    const kind = (words[0] ?? '').includes('qemu-system') ? 'qemu' : (words[0] ?? '').includes('qemu-img') ? 'qemu-img' : program ? 'daemon' : 'other';
    return [{ pid: Number(name), kind, name: program ?? (words[0] ?? '').replace(/^.*\//, ''), cmdline }];
  });
}
