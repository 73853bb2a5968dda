// The load of a campaign: an administrator and some people, each with dice of their own, all at once and no faster than allowed.
import { setMaxListeners } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { makeGuestImage } from '../../../tools/guest-image.ts';
import { seeded, type Seeded } from '../seeded.ts';
import { buildStory, type Stage } from './build-story.ts';
import { classStory } from './class-story.ts';
import { instanceStory } from './instance-story.ts';
import type { Workload, WorkloadOptions } from './interface.ts';
import { personOf, type Person, type PersonDeps } from './person.ts';
import { createPool } from './pool.ts';
import { refusedStory } from './refused-story.ts';
import { deleteStory, uploadStory } from './upload-story.ts';

/** A canary: nothing else in the cloud is called like this, so it is recognised wherever it turns up. */
export const passwordOf = (seed: number, name: string): string => `canary-${seed}-${name}-password`;
/** Words that no log, message, error or process list may hold, for the evidence. */
export const secretsFile = (dir: string): string => path.join(dir, 'secrets.json');

const FIRST_IMAGES = 2;
/** One person works at so many builds at once. */
const BUILDS_EACH = { fake: 3, libvirt: 1 } as const;
const MACHINES_EACH = { fake: 2, libvirt: 1 } as const;

export async function startWorkload(options: WorkloadOptions): Promise<Workload> {
  const { rig, history, seed, people, callsPerSecond } = options;
  const ending = new AbortController();
  setMaxListeners(0, ending.signal); // everybody who waits listens
  const counts = { calls: 0, answered: 0, lost: 0, accepted: 0, submitted: 0 };
  const secrets = new Set<string>([rig.admin.password]);
  const deps: PersonDeps = {
    clcUrl: rig.clcUrl, history, ended: ending.signal,
    turn: createTurns(callsPerSecond),
    secret: (token) => void secrets.add(token),
    count: (what) => void (counts[({ call: 'calls', answer: 'answered', lost: 'lost', accepted: 'accepted' } as const)[what]] += 1),
  };
  const stage: Stage = { rig, history, pool: createPool(), ended: ending.signal, submitted: () => void (counts.submitted += 1), mayLeave: { left: rig.hypervisor === 'fake' ? 6 : 1 }, memoryMiB: rig.hypervisor === 'fake' ? 96 : 128 };
  const dice = seeded(seed).fork('people');

  const admin = personOf(deps, rig.admin.user, rig.admin.password);
  const users: Person[] = [];
  for (let i = 1; i <= people; i++) {
    const name = `person-${i}`;
    const password = passwordOf(seed, name);
    secrets.add(password);
    const made = await admin.until({ path: '/users', body: { name, password }, shown: { name } });
    if (made && made.status !== 201 && made.status !== 409) throw new Error(`the account ${name} could not be made: ${made.status} ${made.code}`);
    users.push(personOf(deps, name, password));
  }
  for (let i = 1; i <= FIRST_IMAGES; i++) {
    const id = await uploadStory(stage, admin, dice, `first-${seed}-${i}`, await firstImage(rig.hypervisor));
    if (!id) throw new Error('the first image could not be uploaded');
    if (rig.hypervisor === 'libvirt') break; // all of them would be the same guest
  }

  const lines = [
    ...Array.from({ length: BUILDS_EACH[rig.hypervisor] }, (_, i) => again(stage, dice.fork(`admin-${i}`), (d, n) => buildStory(stage, admin, d, `${seed}-admin-${i}-${n}`))),
    ...users.flatMap((user) => Array.from({ length: BUILDS_EACH[rig.hypervisor] }, (_, i) => again(stage, dice.fork(`${user.name}-${i}`), (d, n) => buildStory(stage, user, d, `${seed}-${user.name}-${i}-${n}`)))),
    ...users.flatMap((user) => Array.from({ length: MACHINES_EACH[rig.hypervisor] }, (_, i) => again(stage, dice.fork(`${user.name}-machine-${i}`), (d, n) => instanceStory(stage, user, admin, d, `${seed}-${user.name}-machine-${i}-${n}`)))),
    ...(rig.hypervisor === 'fake' ? users.slice(0, 1).map((user) => again(stage, dice.fork(`${user.name}-class`), (d, n) => classStory(stage, user, d, `${seed}-${user.name}-class-${n}`))) : []),
    again(stage, dice.fork('stores'), async (d, n) => {
      if (rig.hypervisor === 'fake' && d.chance(0.7)) await uploadStory(stage, admin, d, `${seed}-upload-${n}`);
      else if (rig.hypervisor === 'fake') await deleteStory(stage, admin, d);
      await pause(1000 + d.int(3000), undefined, { signal: ending.signal }).catch(() => undefined);
    }),
    again(stage, dice.fork('refused'), async (d, n) => {
      await refusedStory(stage, d.pick([admin, ...users]), d, `${seed}-${n}`);
      await pause(300 + d.int(1500), undefined, { signal: ending.signal }).catch(() => undefined);
    }),
  ];
  for (const line of lines) line.catch(() => undefined); // told by stop

  return {
    counts: () => ({ ...counts }),
    async stop() {
      ending.abort();
      await Promise.all(lines);
      await writeFile(secretsFile(rig.dir), JSON.stringify([...secrets]), { mode: 0o600 });
    },
  };
}

/** One story after the other. A story that breaks is a mistake of the workload and is told as such. */
async function again(stage: Stage, dice: Seeded, story: (dice: Seeded, turn: number) => Promise<void>): Promise<void> {
  for (let turn = 1; !stage.ended.aborted; turn++) {
    const began = Date.now();
    await story(dice.fork(String(turn)), turn);
    if (Date.now() - began < 50) await pause(200);
  }
}

/** Real guests need an image that boots; fake ones take any bytes. */
async function firstImage(hypervisor: 'fake' | 'libvirt'): Promise<{ path: string; sizeBytes: number; format: 'qcow2' } | undefined> {
  if (hypervisor === 'fake') return undefined;
  const file = await makeGuestImage();
  return { path: file, sizeBytes: (await stat(file)).size, format: 'qcow2' };
}

/** At most so many a second, evenly, whoever asks. */
function createTurns(perSecond: number): () => Promise<void> {
  let nextAt = 0;
  return async () => {
    const now = performance.now();
    nextAt = Math.max(nextAt + 1000 / perSecond, now);
    if (nextAt > now) await pause(nextAt - now);
  };
}
