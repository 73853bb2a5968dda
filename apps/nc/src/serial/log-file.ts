// The log of a guest's serial port on this node's disk: QEMU, or libvirt's virtlogd, appends to it while the guest runs. Here it is read, followed and kept small.
// virtlogd turns a file over by itself, by the names that are used here too; where it is not used (stdio_handler = "file") only the trimming bounds it.
import { watch } from 'node:fs';
import { open, readdir, rename, rm, stat, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

const CHUNK_BYTES = 64 * 1024;
/** At most so much stands before what is followed. */
const REPLAY_BYTES = 128 * 1024;
/** Between two looks where the system lets no more folders be watched. */
const LOOK_MS = 250;

const older = (file: string): string => `${file}.0`;

/** The last `bytes` of a log; null when there is none. */
export async function readSerialLog(file: string, bytes: number): Promise<Buffer | null> {
  const now = await lastOf(file, bytes);
  const missing = bytes - (now?.length ?? 0);
  const before = missing > 0 ? await lastOf(older(file), missing) : null;
  return now || before ? Buffer.concat([before ?? Buffer.alloc(0), now ?? Buffer.alloc(0)]) : null;
}

async function lastOf(file: string, bytes: number): Promise<Buffer | null> {
  const handle = await open(file, 'r').catch(missingIsNull);
  if (!handle) return null;
  try {
    return await readFrom(handle, Math.max(0, (await handle.stat()).size - bytes), bytes);
  } finally {
    await handle.close();
  }
}

async function readFrom(handle: FileHandle, position: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let filled = 0;
  while (filled < bytes) {
    const { bytesRead } = await handle.read(buffer, filled, bytes - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** The last so many lines of what is given; also one that has no end yet. */
export function lastLines(log: Buffer, lines: number): Buffer {
  if (lines === 0) return Buffer.alloc(0);
  let end = log.length - (log.at(-1) === 10 ? 1 : 0);
  for (let n = 0; n < lines; n += 1) {
    end = end > 0 ? log.lastIndexOf(10, end - 1) : -1;
    if (end === -1) return log;
  }
  return log.subarray(end + 1);
}

/**
 * Half of a log that has outgrown `capBytes` goes. The writer appends wherever the end is, so the file is emptied below it; what is written in the instant
 * between reading and emptying is lost, and all of it where the half cannot be written. Killed in between, the next look does it again.
 */
export async function trimSerialLog(file: string, capBytes: number): Promise<void> {
  const size = await stat(file).then((s) => s.size, () => 0);
  if (size <= capBytes) return;
  const kept = await lastOf(file, Math.floor(capBytes / 2));
  if (!kept) return;
  const part = `${older(file)}.part`;
  try {
    await writeFile(part, kept, { mode: 0o600 });
    await rename(part, older(file));
  } catch {
    // A full disk takes no copy: then nothing is kept, for this is what makes room on it.
    await Promise.allSettled([rm(part, { force: true }), rm(older(file), { force: true })]);
  }
  await truncate(file, 0);
  // What virtlogd turned over before that.
  const name = path.basename(file);
  for (const each of await readdir(path.dirname(file)).catch(() => [])) if (new RegExp(`^${name}\\.[1-9]$`).test(each)) await rm(path.join(path.dirname(file), each), { force: true });
}

/**
 * What `begin` takes of the end of a log, and everything that is written from then on, without a gap: until the writer has `ended` and the rest is read, or the
 * reader has `left`. It waits for whoever takes it: a slow reader never holds up the guest, and may miss what was trimmed meanwhile.
 */
export async function* followSerialLog(file: string, { begin, ended, left }: { begin(log: Buffer): Buffer; ended: AbortSignal; left: AbortSignal }): AsyncGenerator<Buffer> {
  let wake = (): void => undefined;
  let changed = false;
  const look = (): void => {
    changed = true;
    wake();
  };
  for (const signal of [ended, left]) signal.addEventListener('abort', look);
  const watcher = watched(path.dirname(file), look);
  const timer = watcher ? undefined : setInterval(look, LOOK_MS);
  let handle = await open(file, 'r').catch(missingIsNull);
  try {
    let position = (await handle?.stat())?.size ?? 0;
    const before = begin(await upTo(file, handle, position));
    if (before.length > 0) yield before;
    while (!left.aborted) {
      const last = ended.aborted; // read once more after it
      changed = false;
      handle ??= await open(file, 'r').catch(missingIsNull);
      for (let chunk = await next(handle, position); chunk; chunk = await next(handle, position)) {
        position += chunk.length;
        yield chunk;
      }
      if (handle) {
        const [mine, named] = await Promise.all([handle.stat(), stat(file).catch(() => null)]);
        if (named && named.ino !== mine.ino) {
          // Turned over; nothing more is written to this one, but something may have been since it was read.
          for (let chunk = await next(handle, position); chunk; chunk = await next(handle, position)) {
            position += chunk.length;
            yield chunk;
          }
          await handle.close();
          handle = null;
          position = 0;
          continue;
        }
        if (mine.size < position) {
          position = 0;
          continue;
        }
      }
      if (last) return;
      if (!changed) await new Promise<void>((resolve) => { wake = resolve; if (changed) resolve(); });
    }
  } finally {
    clearInterval(timer);
    for (const signal of [ended, left]) signal.removeEventListener('abort', look);
    watcher?.close();
    await handle?.close();
  }
}

const next = async (handle: FileHandle | null, position: number): Promise<Buffer | null> => {
  const chunk = handle ? await readFrom(handle, position, CHUNK_BYTES) : null;
  return chunk && chunk.length > 0 ? chunk : null;
};

/** What stands before `position` in the file that is followed, and in the one before it. */
async function upTo(file: string, handle: FileHandle | null, position: number): Promise<Buffer> {
  const from = Math.max(0, position - REPLAY_BYTES);
  const now = handle ? await readFrom(handle, from, position - from) : Buffer.alloc(0);
  const before = now.length < REPLAY_BYTES ? await lastOf(older(file), REPLAY_BYTES - now.length) : null;
  return before ? Buffer.concat([before, now]) : now;
}

/** null: the timer has to do. */
function watched(folder: string, changed: () => void): ReturnType<typeof watch> | null {
  try {
    return watch(folder, changed).on('error', () => undefined);
  } catch {
    return null;
  }
}

const missingIsNull = (e: unknown): null => {
  if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
  throw e;
};
