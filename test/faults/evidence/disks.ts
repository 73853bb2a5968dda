// What lies in the folders of image store, cluster controller and nodes, with the sha256 of every image that could be handed out or stood upon.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { filesBelow } from '../../support/leftovers.ts';
import type { HistoryEntry, SeenEdit } from '../history.ts';
import type { Rig } from '../rig/interface.ts';
import type { DaemonDisk, EditSeen, FileSeen, TaskSeen } from './interface.ts';
import { journalOf } from './journals.ts';

/** Complete image files: in a cache, in the store. */
const IMAGE = /^images\/img-[0-9a-f]{8}\.v\d+\.(qcow2|raw|iso)$/;
/** Databases and sockets of the daemon itself. */
const OWN = /^(journal\.db.*|identity\.json|run\/.*)$/;

export async function disksOf(rig: Rig): Promise<DaemonDisk[]> {
  const disks: DaemonDisk[] = [];
  for (const role of ['walrus', 'cc'] as const) disks.push(await diskOf(rig.ids[role], role, rig.dataDir(role)));
  for (const node of rig.nodes) disks.push(await diskOf(node.ncId, 'nc', node.dataDir));
  return disks;
}

async function diskOf(id: string, role: DaemonDisk['role'], dataDir: string): Promise<DaemonDisk> {
  const files: FileSeen[] = [];
  for (const file of (await filesBelow(dataDir)).filter((name) => !OWN.test(name)).sort()) {
    const at = path.join(dataDir, file);
    const found = await stat(at).catch(() => null);
    if (found) files.push({ path: file, sizeBytes: found.size, sha256: IMAGE.test(file) ? await sha256Of(at) : null });
  }
  return { id, role, files, journal: journalOf(dataDir), pins: await readdir(path.join(dataDir, 'images', 'pins')).catch(() => []) };
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Where each mark lies that somebody wrote: on the disk it was written to, and in the version that was made from it. */
export async function editsOf(rig: Rig, history: readonly HistoryEntry[], tasks: readonly TaskSeen[]): Promise<EditSeen[]> {
  const edits = history.filter((e): e is SeenEdit => e.kind === 'seen' && e.what === 'edit').map(({ tid, insId, node, mark }): EditSeen => ({ tid, insId, node, mark, foundIn: [] }));
  const files = new Map<string, { name: string; edits: EditSeen[] }>();
  const look = (at: string, name: string, edit: EditSeen): void => {
    const entry = files.get(at) ?? { name, edits: [] };
    entry.edits.push(edit);
    files.set(at, entry);
  };
  for (const edit of edits) {
    const node = rig.nodes.find((n) => n.registeredAs === edit.node);
    const disk = path.join('instances', edit.insId, 'disk.qcow2');
    if (node) look(path.join(node.dataDir, disk), `${edit.node}:${disk}`, edit);
    const task = tasks.find((t) => t.tid === edit.tid);
    if (!task) continue;
    const version = path.join('images', `${task.dstImageId}.v${task.dstVersion}.qcow2`);
    look(path.join(rig.dataDir('walrus'), version), `walrus:${version}`, edit);
  }
  // One file after the other: those of real guests are large.
  for (const [at, { name, edits: wanted }] of files) {
    const bytes = await readFile(at).catch(() => null);
    if (bytes) for (const edit of wanted) if (bytes.includes(edit.mark)) edit.foundIn.push(name);
  }
  return edits;
}
