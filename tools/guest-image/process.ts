// Runs one program of the host for the guest image: argv only, output kept for the message, missing programs named with their package.
import { execFile } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';

const PACKAGES_FILE = path.join(import.meta.dirname, '..', 'debian-packages.txt');

/** Lines of tools/debian-packages.txt: package, the program or file that shows it is there, and who needs it. */
export function debianPackages(): { name: string; probe: string; neededBy: string[] }[] {
  return readFileSync(PACKAGES_FILE, 'utf8').split('\n')
    .map((line) => line.replace(/#.*/, '').trim()).filter(Boolean)
    .map((line) => { const [name = '', probe = '', by = ''] = line.split(/\s+/); return { name, probe, neededBy: by.split(',') }; });
}

/** Debian packages the machine needs to make the guest image. */
export const guestImagePackages = (): string[] => debianPackages().filter((p) => p.neededBy.includes('guest-image')).map((p) => p.name);

const PATHS = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
const find = (program: string): string | undefined => PATHS.map((dir) => path.join(dir, program)).find((file) => {
  try { accessSync(file, constants.X_OK); return true; } catch { return false; }
});

export function requirePrograms(programs: string[]): void {
  const missing = programs.filter((p) => !find(p));
  if (missing.length === 0) return;
  const known = debianPackages();
  const text = missing.map((m) => { const p = known.find((k) => k.probe === m); return p ? `${m} (package ${p.name})` : m; });
  throw new Error(`missing programs: ${text.join(', ')}`);
}

export function run(program: string, args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(find(program) ?? program, args, { ...options, env: { ...process.env, LC_ALL: 'C', ...options.env }, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} failed: ${(stderr || stdout || error.message).trim().slice(-2000)}`));
      else resolve(stdout);
    });
    child.stdin?.end();
  });
}
