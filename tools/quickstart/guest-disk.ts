// The disk that quickstart uploads: the tiny Linux guest, or a stand-in where nothing will boot it anyway.
import { open } from 'node:fs/promises';
import path from 'node:path';
import { makeGuestImage } from '../guest-image.ts';

const STAND_IN_BYTES = 8 * 1024 ** 2;

export async function guestDisk(dir: string, fake: boolean, say: (line: string) => void): Promise<string> {
  if (!fake) return makeGuestImage('disk', say);
  const file = path.join(dir, 'stand-in.raw');
  const handle = await open(file, 'w');
  await handle.truncate(STAND_IN_BYTES);
  await handle.close();
  return file;
}
