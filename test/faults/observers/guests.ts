// Which guests run where, looked at past the cloud: QEMU processes by their command line, or the files of fake guests. Written when it changes.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { History } from '../history.ts';
import type { RigNode } from '../rig/interface.ts';

export interface RunningGuest { node: string; insId: string; pid: number | null }

const GUEST = /guest=(ins-[0-9a-f]{8})[,\0]/;

/** QEMU of every node: its disk lies in the node's folder. */
export function qemusOf(nodes: readonly RigNode[]): RunningGuest[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    const command = textOf(`/proc/${name}/cmdline`);
    const insId = command.includes('qemu-system') ? GUEST.exec(command)?.[1] : undefined;
    const node = insId ? nodes.find((n) => command.includes(`${n.dataDir}/`)) : undefined;
    return insId && node ? [{ node: node.registeredAs, insId, pid: Number(name) }] : [];
  });
}

function fakesOf(nodes: readonly RigNode[]): RunningGuest[] {
  return nodes.flatMap((node) => fakeGuestFiles(node.dataDir).flatMap(({ insId, state }) => (state === 'running' || state === 'paused' ? [{ node: node.registeredAs, insId, pid: null }] : [])));
}

export function fakeGuestFiles(dataDir: string): Array<{ insId: string; state: string }> {
  const dir = path.join(dataDir, 'fake-guests');
  let names: string[] = [];
  try { names = readdirSync(dir); } catch { return []; } // the node has not begun yet
  return names.filter((name) => /^ins-[0-9a-f]{8}\.json$/.test(name)).flatMap((name) => {
    const text = textOf(path.join(dir, name));
    return text === '' ? [] : [JSON.parse(text) as { insId: string; state: string }];
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
}

/** @returns what to call at every look */
export function watchGuests(nodes: readonly RigNode[], kind: 'fake' | 'libvirt', history: History): () => void {
  let before = new Map<string, RunningGuest>();
  return () => {
    const now = new Map((kind === 'fake' ? fakesOf(nodes) : qemusOf(nodes)).map((g) => [`${g.node} ${g.insId} ${g.pid ?? ''}`, g]));
    for (const [key, g] of now) if (!before.has(key)) history.append({ kind: 'seen', what: 'guest', ...g, state: 'running' });
    for (const [key, g] of before) if (!now.has(key)) history.append({ kind: 'seen', what: 'guest', ...g, state: 'gone' });
    before = now;
  };
}
