// Images are what they were registered as, wherever they lie; what somebody edited is not lost.
import type { Invariant } from './interface.ts';

const NAME = /^images\/(img-[0-9a-f]{8})\.v(\d+)\.(qcow2|raw|iso)$/;

export const sameBytes: Invariant = {
  id: 'I25',
  promises: 'an image is bit for bit what was registered: in the store and in every cache',
  check({ db, disks }) {
    return disks.flatMap((disk) => disk.files.flatMap((file) => {
      const match = NAME.exec(file.path);
      const version = match ? db.versions.find((v) => v.imageId === match[1] && v.version === Number(match[2])) : undefined;
      if (!version?.sha256 || file.sha256 === null) return [];
      if (version.state !== 'available' && disk.role === 'walrus') return [];
      return file.sha256 !== version.sha256 ? [`${file.path} of ${disk.id} has sha256 ${file.sha256.slice(0, 16)}…, registered is ${version.sha256.slice(0, 16)}…`] : [];
    }));
  },
};

export const storeHoldsPromises: Invariant = {
  id: 'I26',
  promises: 'the store holds exactly the versions that are promised, each published whole',
  check({ db, disks }) {
    return disks.filter((d) => d.role === 'walrus').flatMap((disk) => {
      const stored = disk.files.filter((f) => NAME.test(f.path)).map((f) => f.path.slice('images/'.length));
      const promised = db.versions.filter((v) => v.state === 'available').map((v) => ({ name: `${v.imageId}.v${v.version}.${v.format}`, sizeBytes: v.sizeBytes }));
      return [
        ...promised.filter((p) => !stored.includes(p.name)).map((p) => `${p.name} is promised and not in the store`),
        ...stored.filter((name) => !promised.some((p) => p.name === name)).map((name) => `${name} is in the store and promised to nobody`),
        ...promised.flatMap((p) => {
          const file = disk.files.find((f) => f.path === `images/${p.name}`);
          return file && p.sizeBytes !== null && file.sizeBytes !== Number(p.sizeBytes) ? [`${p.name} has ${file.sizeBytes} bytes in the store, promised are ${p.sizeBytes}`] : [];
        }),
      ];
    });
  },
};

export const basesStay: Invariant = {
  id: 'I29',
  promises: 'a cache never gives away what a disk stands on',
  check({ db, disks }) {
    return db.tasks.filter((t) => (t.phase === 'editing' && ['running', 'stopped'].includes(t.state)) || t.state === 'prepared').flatMap((t) => {
      const disk = disks.find((d) => d.id === t.ncId);
      const version = `${t.srcImageId}.v${t.srcVersion}`;
      if (!disk) return [];
      return [
        ...(disk.pins.includes(`${t.insId}@${version}`) ? [] : [`${disk.id} has no pin of ${version} for ${t.insId}, which stands on it`]),
        ...(disk.files.some((f) => f.path.startsWith(`images/${version}.`) && NAME.test(f.path)) ? [] : [`${disk.id} has lost ${version}, on which ${t.insId} stands`]),
      ];
    });
  },
};

export const editsStay: Invariant = {
  id: 'U1',
  promises: 'what somebody wrote on a disk is on that disk, or in the version made of it, until that person cancels or deletes',
  check({ db, edits }) {
    return edits.flatMap((edit) => {
      const task = db.tasks.find((t) => t.tid === edit.tid);
      if (!task) return [`the task ${edit.tid} of an edited disk does not exist any more`];
      if (task.state === 'cancelled') return [];
      const version = db.versions.find((v) => v.imageId === task.dstImageId && v.version === task.dstVersion);
      const inVersion = edit.foundIn.some((file) => file.startsWith('walrus:'));
      const onDisk = edit.foundIn.some((file) => !file.startsWith('walrus:'));
      if (task.phase === 'submitted') return version?.state === 'available' && !inVersion ? [`"${edit.mark}" is not in ${task.dstImageId} version ${task.dstVersion}, which was made of the disk of ${edit.insId}`] : [];
      if (task.state === 'deleted') return [];
      return onDisk ? [] : [`"${edit.mark}" is not on the disk of ${edit.insId} on ${edit.node} any more, and its task is ${task.phase}/${task.state}`];
    });
  },
};
