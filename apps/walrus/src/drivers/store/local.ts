// Image versions as read-only files `<imageId>.v<version>.<format>`, each with a small file that holds its hash.
import { access, constants, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageFormat, type UploadTicket } from '@educloud/contracts';
import { CloudError, type CloudError as Refusal } from '@educloud/errors';
import { createUploads, diskSpace, handleTus, imageFileName, readJsonFile, removeFile, serveFile, syncDirectory, versionName, writeDurably, type AcceptedUpload } from '@educloud/images';
import type { Logger } from '@educloud/log';
import { z } from 'zod';
import type { AcceptedVersion, ImageStore, StoredVersion, VersionKey } from './interface.ts';

const Facts = z.object({ imageId: z.string(), version: z.number().int(), format: ImageFormat, sha256: z.string(), sizeBytes: z.number().int() });
/** Absent in what an earlier version wrote. */
const Accepted = Facts.extend({ virtualSizeBytes: z.number().int(), tid: z.string().nullable() });

export interface LocalStoreOptions {
  dir: string;
  where: string;
  reserveBytes: number;
  uploadTtlMs: number;
  log: Logger;
  now: () => number;
  /** Durable when they resolve; may come twice. */
  onAccepted(upload: AcceptedUpload): Promise<void>;
  onRefused(claims: UploadTicket, error: Refusal): Promise<void>;
}

export async function createLocalStore(options: LocalStoreOptions): Promise<ImageStore> {
  const { dir, where, reserveBytes, log, now } = options;
  const finalDir = join(dir, 'images');
  await mkdir(finalDir, { recursive: true });
  const factsPath = (version: VersionKey): string => join(finalDir, `${versionName(version)}.json`);

  const uploads = await createUploads({
    dir: join(dir, 'incoming'), finalDir, where, reserveBytes, log, now, ttlMs: options.uploadTtlMs,
    onRefused: options.onRefused,
    async onAccepted(upload) {
      const { imageId, version } = upload.claims;
      const facts: AcceptedVersion = { imageId, version, format: upload.format, sha256: upload.sha256, sizeBytes: upload.sizeBytes, virtualSizeBytes: upload.virtualSizeBytes, tid: upload.claims.tid };
      await writeDurably(factsPath(facts), JSON.stringify(facts), 0o644);
      await options.onAccepted(upload);
    },
  });

  async function find(version: VersionKey): Promise<StoredVersion | null> {
    const facts = Facts.safeParse(await readJsonFile(factsPath(version)));
    if (!facts.success) return null;
    const file = await stat(join(finalDir, imageFileName(facts.data))).catch(() => null);
    return file?.size === facts.data.sizeBytes ? facts.data : null;
  }

  return {
    kind: 'local',
    find,
    reserve: (version) => uploads.reserve(version),
    receive: (request, response, how) => handleTus(uploads, request, response, how),
    async serve(request, response, version) {
      const found = await find(version);
      if (!found) throw new CloudError('NOT_FOUND', `${versionName(version)} is not in this store`);
      await serveFile(request, response, { path: join(finalDir, imageFileName(found)), sha256: found.sha256, sizeBytes: found.sizeBytes, fileName: imageFileName(found) });
    },
    async remove(version) {
      // First the facts: from here on nobody finds it, even if we die before the bytes are gone.
      await removeFile(factsPath(version));
      await syncDirectory(finalDir);
      await uploads.discard(version);
      await syncDirectory(finalDir);
    },
    removePart: (version) => uploads.discardPart(version),
    files: () => uploads.list(),
    async acceptedSince(at) {
      const found: AcceptedVersion[] = [];
      for (const name of (await readdir(finalDir)).filter((file) => file.endsWith('.json'))) {
        const path = join(finalDir, name);
        const written = (await stat(path).catch(() => null))?.mtimeMs ?? 0;
        const facts = written >= at ? Accepted.safeParse(await readJsonFile(path)) : null;
        if (facts?.success) found.push(facts.data);
      }
      return found;
    },
    capacity: () => diskSpace(finalDir),
    async health() {
      try {
        await access(finalDir, constants.W_OK);
        return { ok: true, message: '' };
      } catch (e) {
        return { ok: false, message: `the image directory cannot be written: ${(e as NodeJS.ErrnoException).code ?? 'unknown'}` };
      }
    },
    collect: () => uploads.collect(),
    close: () => uploads.close(),
  };
}
