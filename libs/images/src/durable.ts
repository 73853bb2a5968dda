// Making files last: what was reported as done is there after a power cut. Used by downloads, uploads, cache and stores.
import { chmod, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

export const hasErrno = (e: unknown, ...codes: string[]): boolean => codes.includes(String((e as NodeJS.ErrnoException | null)?.code));

/** A rename, creation or removal lasts only when its directory was written. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try { await directory.sync(); } finally { await directory.close(); }
}

/** A finished part gets its final name; an image is read-only from then on. Its bytes must be synced already. */
export async function publishFile(part: string, path: string, mode = 0o444): Promise<void> {
  await chmod(part, mode);
  await rename(part, path);
  await syncDirectory(dirname(path));
}

/** Ending of what is being written: what a crash left may go. */
export const NEW_FILE = '.new';

const writing = new Map<string, Promise<void>>();

/** Whole or not at all, whatever happens; a crash in the middle leaves `path.new`. Of several at the same time the last one counts. */
export function writeDurably(path: string, text: string, mode = 0o600): Promise<void> {
  const write = (): Promise<void> => writeOnce(path, text, mode);
  const mine = writing.get(path)?.then(write, write) ?? write();
  writing.set(path, mine);
  const ended = (): void => { if (writing.get(path) === mine) writing.delete(path); };
  mine.then(ended, ended);
  return mine;
}

async function writeOnce(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}${NEW_FILE}`;
  try {
    const file = await open(temporary, 'w', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally { await file.close(); }
    await rename(temporary, path);
  } catch (e) {
    await removeFile(temporary).catch(() => undefined); // what it failed with counts
    throw e;
  }
  await syncDirectory(dirname(path));
}

/** True when there was something to remove. */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (e) {
    if (hasErrno(e, 'ENOENT')) return false;
    throw e;
  }
}

/** Null when it is not there or cannot be read as JSON (a crash left half of it). */
export async function readJsonFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (e) {
    if (e instanceof SyntaxError || hasErrno(e, 'ENOENT')) return null;
    throw e;
  }
}
