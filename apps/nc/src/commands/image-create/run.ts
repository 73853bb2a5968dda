// image/create/run on the node: define and start the guest. The disk is the user's from here on.
import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { GuestSeed, OS_HARDWARE, type GuestSpec, say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { defineJob, type AnyJobHandler } from '@educloud/executor';
import { cachedPath, type Deps } from '../../deps.ts';
import { exists } from '../../files.ts';
import { cardsOf } from '../../network/cards.ts';
import { SEED_LABEL, seedFiles } from '../../seed-files.ts';

export function runJobs(deps: Deps): AnyJobHandler[] {
  return [
    defineJob<'startDomain'>({
      job: 'startDomain',
      slot: 'boot',
      serialKey: ({ guest }) => guest.insId,
      async do({ guest }) {
        await startGuest(deps, guest);
        return { startedAt: deps.now() };
      },
      undo: ({ guest }) => deps.hypervisor.ensureAbsent(guest.insId),
    }),
  ];
}

/** Its disk is the user's from here on. Runs already: fine. */
export async function startGuest(deps: Deps, guest: GuestSpec): Promise<void> {
  const { hypervisor, paths } = deps;
  if (!(await exists(paths.disk(guest.insId)))) throw new CloudError('NOT_FOUND', say('noDiskHere', { instance: guest.insId }));
  const seedPath = await ensureSeed(deps, guest);
  const dataPath = (await exists(paths.data(guest.insId))) ? paths.data(guest.insId) : null;
  await markBooted(deps, guest.insId);
  const nics = cardsOf(guest, deps.accessIp());
  const serialLog = paths.serialLog(guest.insId);
  await mkdir(path.dirname(serialLog), { recursive: true, mode: 0o700 });
  await deps.guards.around(guest.insId, nics, () => hypervisor.ensureRunning({
    nics,
    insId: guest.insId, title: guest.title, tid: guest.tid, memoryMiB: guest.memoryMiB, cpus: guest.cpus, hardware: guest.hardware ?? OS_HARDWARE[guest.ostype as keyof typeof OS_HARDWARE],
    disk: { path: paths.disk(guest.insId), format: 'qcow2' }, dataPath, mediaPath: mediaPath(deps, guest), seedPath, serialLog, startup: guest.startup,
  }));
}

/** Made anew at each start, so that it says what is defined now; one that is inserted is left alone. */
async function ensureSeed({ disks, hypervisor, paths, openBox }: Deps, { insId, seed }: GuestSpec): Promise<string | null> {
  const file = paths.seed(insId);
  const state = await hypervisor.state(insId);
  if (state === 'running' || state === 'paused') return (await exists(file)) ? file : null;
  if (seed === undefined) {
    await rm(file, { force: true });
    return null;
  }
  await disks.makeMedium({ path: file, label: SEED_LABEL, files: seedFiles(insId, GuestSeed.parse(JSON.parse(openBox(insId, seed)))) });
  return file;
}

const mediaPath = (deps: Deps, guest: GuestSpec): string | null => (guest.media ? cachedPath(deps, guest.media) : null);

/** Before the guest can write a byte. A flattened copy of an earlier state is worth nothing any more. */
async function markBooted({ paths }: Deps, insId: string): Promise<void> {
  await mkdir(paths.instance(insId), { recursive: true, mode: 0o711 }); // QEMU's account only passes through
  const file = await open(paths.booted(insId), 'a');
  await file.sync();
  await file.close();
  await rm(paths.flatNote(insId), { force: true });
  await rm(paths.flat(insId), { force: true });
  const dir = await open(path.dirname(paths.booted(insId)), 'r');
  await dir.sync();
  await dir.close();
}
