// image/create/submit on the node: a standalone copy of the edited disk, then its way to the CC. The edited disk itself is never touched.
import { rm, stat } from 'node:fs/promises';
import { say, type JobResult } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import { readJsonFile, writeDurably } from '@educloud/images';
import type { Deps } from '../../deps.ts';
import { exists } from '../../files.ts';

type Flat = JobResult<'flattenDisk'>;

export function submitJobs(deps: Deps): AnyJobHandler[] {
  const { paths, hypervisor, disks, copy } = deps;
  return [
    defineJob<'flattenDisk'>({
      job: 'flattenDisk',
      slot: 'disk',
      async do({ insId, maxVirtualBytes }, { signal, progress }) {
        const state = await hypervisor.state(insId);
        if (state === 'running' || state === 'paused' || state === 'shutting-down') throw new CloudError('WRONG_PHASE', say('guestStillOn', { instance: insId, state }));
        const made = await alreadyFlat(deps, insId);
        if (made) return made;
        const madeFrom = await diskState(deps, insId);
        const flat = await disks.flatten({ path: paths.disk(insId), target: paths.flat(insId), maxVirtualBytes, signal, onProgress: (done, total) => progress(percent(done, total)) });
        const note: Note = { madeFrom, flat };
        await writeDurably(paths.flatNote(insId), JSON.stringify(note));
        return flat;
      },
      async undo({ insId }) {
        await rm(paths.flatNote(insId), { force: true });
        await rm(paths.flat(insId), { force: true });
        await rm(`${paths.flat(insId)}.part`, { force: true });
      },
    }),
    defineJob<'uploadToCluster'>({
      job: 'uploadToCluster',
      slot: 'transfer',
      async do({ insId, image, target }, { signal, progress }) {
        await copy.send({ image, target, path: paths.flat(insId), signal, onProgress: (done, total) => progress(percent(done, total), { bytes: { done, total }, note: 'nc→cc' }) });
        return {};
      },
    }),
  ];
}

const percent = (done: number, total: number): number => (total > 0 ? Math.min(100, Math.floor((100 * done) / total)) : 100);

interface Note {
  madeFrom: string;
  flat: Flat;
}

/** Size and time of the edited disk: a flattened copy is good as long as they are the same. */
async function diskState({ paths }: Deps, insId: string): Promise<string> {
  const s = await stat(paths.disk(insId)).catch(() => {
    throw new CloudError('NOT_FOUND', say('noDiskHere', { instance: insId }));
  });
  return `${s.size}:${s.mtimeMs}`;
}

async function alreadyFlat(deps: Deps, insId: string): Promise<Flat | null> {
  const { paths } = deps;
  if (!(await exists(paths.flat(insId)))) return null;
  const note = (await readJsonFile(paths.flatNote(insId))) as Note | null; // only we write it; a torn one is none
  if (!note) return null;
  return note.madeFrom === (await diskState(deps, insId)) && (await stat(paths.flat(insId))).size === note.flat.sizeBytes ? note.flat : null;
}
