// Ends everything of a rig, known by its folder alone: called at the end, after Ctrl-C, and for a rig whose process was killed.
import { mkdtemp, readdir, rm, chmod } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { knownDaemons, layoutOf } from '../../../tools/cloud/layout.ts';
import { stopProcess } from '../../../tools/cloud/process.ts';
import { livePid, recordPid, stopLibvirtd, stopServers } from '../../../tools/servers/index.ts';
import { readFileSync } from 'node:fs';
import { removeNetwork } from './network.ts';
import { unmountBelow } from './small-disks.ts';

const PREFIX = 'edu-faults-';
const ownerFile = (dir: string): string => path.join(dir, 'owner.pid');

/** Short: QEMU's and libvirt's sockets lie below. */
export async function makeWorkFolder(): Promise<string> {
  const dir = await mkdtemp(path.join(os.tmpdir(), PREFIX));
  await chmod(dir, 0o755); // the servers give up root
  recordPid(ownerFile(dir), process.pid);
  return dir;
}

/** Daemons of one cloud below `dir`, with kill -9: a stopped process answers nothing else at once. */
export async function killDaemons(dir: string): Promise<void> {
  const layout = layoutOf(dir);
  await Promise.all((await knownDaemons(layout)).map((name) => stopProcess(layout, name, 'SIGKILL')));
}

/** Everything of one cloud: its daemons, libvirtds with their guests, and disks. */
export async function putCloudAway(dir: string): Promise<void> {
  await killDaemons(dir);
  const libvirts = await readdir(path.join(dir, 'libvirt')).catch(() => []);
  await Promise.all(libvirts.map((name) => stopLibvirtd({ dir: path.join(dir, 'libvirt', name), guests: true })));
  await unmountBelow(dir);
}

export async function putAway(dir: string): Promise<void> {
  const owner = Number(readFileSync(ownerFile(dir), 'utf8').split(' ')[0]);
  for (const entry of await readdir(dir, { withFileTypes: true })) if (entry.isDirectory() && entry.name.startsWith('cloud-')) await putCloudAway(path.join(dir, entry.name));
  await stopServers({ dir: path.join(dir, 'servers') });
  await removeNetwork(owner);
  await unmountBelow(dir);
  await rm(dir, { recursive: true, force: true });
}

/** What an earlier run that was killed hard left behind. */
export async function sweepOrphanedRigs(): Promise<void> {
  for (const name of (await readdir(os.tmpdir())).filter((n) => n.startsWith(PREFIX))) {
    const dir = path.join(os.tmpdir(), name);
    if (existsSync(ownerFile(dir)) && livePid(ownerFile(dir)) === null) await putAway(dir);
  }
}
