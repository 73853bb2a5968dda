// Gives a guest the program of talk.c and lets it serve and ask: its own busybox is static and cannot look up addresses.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { LibvirtGuest } from '../libvirt-guest.ts';

const run = promisify(execFile);

/** Path of the program, made for this Debian, which is also the guest's. */
export async function makeTalk(dir: string): Promise<string> {
  const file = path.join(dir, 'talk');
  await run('cc', ['-O1', '-s', '-o', file, path.join(import.meta.dirname, 'talk.c')]);
  return file;
}

/** From now on the guest answers at its port 80 with `word` and the address of who asks. */
export async function serveInGuest(guest: LibvirtGuest, talk: string, word: string): Promise<void> {
  const handle = await guest.agent('guest-file-open', { path: '/root/talk', mode: 'w' });
  await guest.agent('guest-file-write', { handle, 'buf-b64': (await readFile(talk)).toString('base64') });
  await guest.agent('guest-file-close', { handle });
  await guest.sh(`chmod +x /root/talk; /root/talk serve 80 ${word}`);
}

/** What the guest is answered; empty when nobody answers. */
export const guestAsks = (guest: LibvirtGuest, ip: string, port: number, seconds = 3): Promise<string> => guest.sh(`/root/talk ask ${ip} ${port} ${seconds} || true`).then((text) => text.trim());
