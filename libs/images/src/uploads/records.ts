// What is known of each upload that has begun or has room kept for it: one small file each, so that it survives kill -9.
// Used by the receiver of uploads.
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UploadTicket } from '@educloud/contracts';
import { z } from 'zod';
import { readJsonFile, removeFile, syncDirectory, writeDurably } from '../durable.ts';
import { imageFileName, versionName } from '../file-name.ts';

export const UploadRecord = z.object({
  imageId: z.string(), version: z.number().int(), sizeBytes: z.number().int(), format: UploadTicket.shape.format,
  createdAt: z.number().int(),
  /** Null while only room is kept for it. */
  claims: UploadTicket.nullable(),
});
export type UploadRecord = z.infer<typeof UploadRecord>;

export interface UploadRecords {
  get(name: string): UploadRecord | undefined;
  all(): Array<[string, UploadRecord]>;
  put(record: UploadRecord): Promise<void>;
  remove(name: string): Promise<void>;
  /** Where the bytes are collected. */
  partPath(record: Pick<UploadRecord, 'imageId' | 'version' | 'format'>): string;
}

export async function openRecords(directory: string): Promise<UploadRecords> {
  await mkdir(directory, { recursive: true });
  const records = new Map<string, UploadRecord>();
  for (const file of await readdir(directory)) {
    if (!file.endsWith('.json')) continue;
    const record = UploadRecord.safeParse(await readJsonFile(join(directory, file)));
    if (record.success && `${versionName(record.data)}.json` === file) records.set(versionName(record.data), record.data);
    else await removeFile(join(directory, file));
  }
  const partPath: UploadRecords['partPath'] = (record) => join(directory, `${imageFileName(record)}.part`);
  const parts = new Set([...records.values()].map(partPath));
  for (const file of await readdir(directory)) if (file.endsWith('.part') && !parts.has(join(directory, file))) await removeFile(join(directory, file));
  return {
    partPath,
    get: (name) => records.get(name),
    all: () => [...records],
    async put(record) {
      await writeDurably(join(directory, `${versionName(record)}.json`), JSON.stringify(record));
      records.set(versionName(record), record);
    },
    async remove(name) {
      records.delete(name);
      await removeFile(join(directory, `${name}.json`));
      await syncDirectory(directory);
    },
  };
}
