// Uploads of the administrator, some interrupted and taken up again, and the end of images that are not wanted any more.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sendUpload } from '@educloud/images';
import type { Seeded } from '../seeded.ts';
import type { Stage } from './build-story.ts';
import { sleep, type Person } from './person.ts';

const KIB = 1024;

/** Uploads one image; it is in the pool as soon as it can be used. @returns its id */
export async function uploadStory(stage: Stage, admin: Person, dice: Seeded, title: string, file?: { path: string; sizeBytes: number; format: 'raw' | 'qcow2' }): Promise<string | null> {
  const dir = await mkdtemp(path.join(stage.rig.dir, 'upload-'));
  try {
    const source = file ?? (await someFile(dir, dice));
    const key = `upload-${title}`;
    const declared = { name: title, ostype: 'linux', usage: 'server', format: source.format, sizeBytes: source.sizeBytes, ...('sha256' in source ? { sha256: source.sha256 } : {}) };
    const answer = await admin.until({ path: '/images', body: declared, key });
    if (answer?.status !== 201) return null;
    const { imageId, version } = answer.body as { imageId: string; version: number };
    let grant = answer.body as { uploadUrl: string; ticket: string };
    for (let attempt = 0; attempt < 20 && !stage.ended.aborted; attempt++) {
      const interrupted = attempt === 0 && dice.chance(0.4);
      if (await send(grant, { imageId, version, sizeBytes: source.sizeBytes }, source.path, interrupted ? dice.int(40) : null, stage.ended)) break;
      const again = await admin.until({ path: `/images/${imageId}/versions/${version}/upload`, body: {} });
      if (again?.status !== 201) break; // it is complete, or refused
      grant = again.body as { uploadUrl: string; ticket: string };
    }
    return await becomesUsable(stage, admin, imageId);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function someFile(dir: string, dice: Seeded): Promise<{ path: string; sizeBytes: number; format: 'raw'; sha256?: string }> {
  const bytes = randomBytes((64 + dice.int(960)) * KIB);
  const file = path.join(dir, 'image.raw');
  await writeFile(file, bytes);
  // Always declared: the proxies turn bits of what is on its way, and only who names the sum can be told.
  return { path: file, sizeBytes: bytes.length, format: 'raw', sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** @param afterMs the line is hung up then */
async function send(grant: { uploadUrl: string; ticket: string }, image: { imageId: string; version: number; sizeBytes: number }, file: string, afterMs: number | null, ended: AbortSignal): Promise<boolean> {
  const signals = [ended, ...(afterMs === null ? [AbortSignal.timeout(60_000)] : [AbortSignal.timeout(afterMs)])];
  return sendUpload({ ...grant, image, path: file, signal: AbortSignal.any(signals) }).then(() => true, () => false);
}

async function becomesUsable(stage: Stage, admin: Person, imageId: string): Promise<string | null> {
  for (let looks = 0; looks < 200 && !stage.ended.aborted; looks++) {
    const view = await admin.read(`/images/${imageId}`);
    if (view?.['latest']) {
      stage.pool.add(imageId);
      return imageId;
    }
    const versions = (await admin.read(`/images/${imageId}/versions`)) as unknown as Array<{ state: string }> | { items?: Array<{ state: string }> } | null;
    const list = Array.isArray(versions) ? versions : (versions?.items ?? []);
    if (list.some((v) => v.state === 'refused' || v.state === 'deleted')) return null;
    await sleep(300, stage.ended);
  }
  return null;
}

/** Deletes an image; a refusal because somebody builds from it is an answer like any other. */
export async function deleteStory(stage: Stage, admin: Person, dice: Seeded): Promise<void> {
  if (stage.pool.size() < 4) return;
  const imageId = stage.pool.pick(dice);
  if (!imageId) return;
  const answer = await admin.until({ method: 'DELETE', path: `/images/${imageId}` });
  if (answer && answer.status < 300) stage.pool.forget(imageId);
}
