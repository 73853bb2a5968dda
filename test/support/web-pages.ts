// Builds the pages into a folder of the test's own, so that a test never sees yesterday's build.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const WEB = join(import.meta.dirname, '../../apps/clc/web');
const VITE = join(import.meta.dirname, '../../node_modules/vite/bin/vite.js');

export async function buildPages(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'educloud-pages-'));
  await promisify(execFile)(process.execPath, [VITE, 'build', '--outDir', folder, '--emptyOutDir', '--logLevel', 'error'], { cwd: WEB });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
