// Nothing is left of what has ended, and nothing is missing of what goes on: rows, claims, folders, pins, unfinished files.
import type { DaemonDisk, Evidence, TaskSeen } from '../evidence/interface.ts';
import type { Invariant } from './interface.ts';
import { ownersOf } from './owners.ts';

/** Before prepare and after its failure nothing exists on any machine; after the end neither. */
const hasDisk = (t: TaskSeen): boolean => !(['cancelled', 'deleted', 'submitted'].includes(t.state) || (t.phase === 'preparing' && ['pending', 'failed'].includes(t.state)));
/** What is stuck or under way may have anything; the invariant of ended work tells of it. */
const isOpen = (t: TaskSeen): boolean => ['stuck', 'unwinding', 'cancelling', 'downloading', 'cloning', 'booting', 'stopping', 'uploading', 'registering'].includes(t.state);

export const nothingIsLeft: Invariant = {
  id: 'I7',
  promises: 'a step that was killed anywhere leaves nothing behind: no row, file, pin, claim or message of work that has ended',
  check(evidence) {
    const byInstance = new Map(ownersOf(evidence.db).map((t) => [t.insId, t]));
    return [...evidence.disks.flatMap((disk) => onDisk(disk, evidence, byInstance)), ...inRows(evidence)];
  },
};

function onDisk(disk: DaemonDisk, { db }: Evidence, byInstance: Map<string, TaskSeen>): string[] {
  const found: string[] = [];
  const folders = new Set<string>();
  for (const { path } of disk.files) {
    const insId = /^instances\/(ins-[0-9a-f]{8})\//.exec(path)?.[1];
    const task = insId ? byInstance.get(insId) : undefined;
    if (insId) folders.add(insId);
    if (insId && (!task || !hasDisk(task))) found.push(`${disk.id} keeps ${path} of ${task ? `a task that is ${task.phase}/${task.state}` : 'nobody'}`);
    else if (insId && task && !isOpen(task) && /\/flat\./.test(path)) found.push(`${disk.id} keeps ${path}, and nothing is being submitted`);
    else if (path.startsWith('staging/')) found.push(`${disk.id} keeps the staged file ${path}`);
    else if (path.startsWith('incoming/') && !db.versions.some((v) => v.state === 'uploading' && path.includes(v.imageId))) found.push(`${disk.id} keeps ${path} of an upload that has ended`);
    else if (/\.(part|tmp|new)$/.test(path) && !path.startsWith('incoming/')) {
      const version = /img-[0-9a-f]{8}\.v\d+/.exec(path)?.[0];
      if (!version || !disk.pins.some((pin) => pin.endsWith(`@${version}`))) found.push(`${disk.id} keeps the unfinished file ${path}`);
    }
  }
  for (const pin of disk.pins) {
    const task = byInstance.get(pin.split('@')[0] ?? '');
    if (!task || !hasDisk(task)) found.push(`${disk.id} keeps the pin ${pin} of ${task ? `a task that is ${task.phase}/${task.state}` : 'nobody'}`);
  }
  if (disk.role === 'nc') {
    for (const task of byInstance.values()) if (task.ncId === disk.id && hasDisk(task) && !isOpen(task) && !disk.files.some((f) => f.path === `instances/${task.insId}/disk.qcow2`)) found.push(`${disk.id} has no disk of ${task.insId}, whose task ${task.tid} is ${task.phase}/${task.state}`);
  }
  return found;
}

function inRows({ db }: Evidence): string[] {
  const tids = new Map(ownersOf(db).map((t) => [t.tid, t]));
  const ended = (tid: string | null): boolean => !tid || ['cancelled', 'deleted', 'submitted'].includes(tids.get(tid)?.state ?? 'deleted');
  return [
    ...db.instances.filter((i) => i.deletedAt === null && ended(i.tid)).map((i) => `instance ${i.id} is there, and its task ${i.tid} has ended`),
    ...db.images.filter((i) => i.heldBy !== null && ended(i.heldBy)).map((i) => `image ${i.id} is held by ${i.heldBy}, which has ended`),
    ...db.versions.filter((v) => v.state === 'reserved' && ended(v.tid)).map((v) => `version ${v.version} of ${v.imageId} is reserved for ${v.tid}, which has ended`),
  ];
}

export const claimsFit: Invariant = {
  id: 'I13',
  promises: 'what is promised on a node is the sum of its claims, fits into it, and belongs to somebody',
  check({ db }) {
    const byInstance = new Map(ownersOf(db).map((t) => [t.insId, t]));
    const sums = db.ledger.flatMap((node) => {
      const claims = db.claims.filter((c) => c.ncId === node.ncId);
      const sum = (what: 'cpus' | 'memoryMiB' | 'diskBytes'): number => claims.reduce((n, c) => n + Number(c[what]), 0);
      const counted: Array<[string, number, number, number]> = [['CPUs', node.usedCpus, sum('cpus'), node.limitCpus], ['MiB of memory', node.usedMemoryMiB, sum('memoryMiB'), node.limitMemoryMiB], ['bytes of disk', node.usedDiskBytes, sum('diskBytes'), Infinity]];
      return counted.flatMap(([what, used, claimed, limit]) => [
        ...(used !== claimed ? [`${node.ncId} counts ${used} ${what} as used, its claims make ${claimed}`] : []),
        ...(used > limit ? [`${node.ncId} promised ${used} ${what} of ${limit}`] : []),
      ]);
    });
    const isSuspended = (insId: string): boolean => db.userInstances.some((own) => own.id === insId && own.vmState === 'suspended');
    const owners = db.claims.flatMap((claim) => {
      const task = byInstance.get(claim.insId);
      if (!task) return [`${claim.ncId} keeps the ${claim.kind} claim of ${claim.insId}, which nobody knows`];
      if (isOpen(task)) return [];
      const rightful = claim.kind === 'disk' ? hasDisk(task) : claim.kind === 'saved' ? isSuspended(claim.insId) : claim.kind === 'data' || task.state === 'running';
      return rightful ? [] : [`${claim.ncId} keeps the ${claim.kind} claim of ${claim.insId}, whose task is ${task.phase}/${task.state}`];
    });
    const missing = ownersOf(db).filter((t) => !isOpen(t)).flatMap((t) => {
      const has = (kind: string): boolean => db.claims.some((c) => c.insId === t.insId && c.kind === kind);
      return [...(hasDisk(t) && !has('disk') ? [`the disk of ${t.insId} is claimed nowhere, and its task is ${t.phase}/${t.state}`] : []), ...(t.state === 'running' && !has('compute') ? [`${t.insId} runs without a claim`] : []), ...(isSuspended(t.insId) && !has('saved') ? [`the memory of ${t.insId} is saved, and its room is claimed nowhere`] : [])];
    });
    return [...sums, ...owners, ...missing];
  },
};
