// `npm run guest-image [-- --iso] [-- --out FILE]`: makes the tiny Linux guest (qcow2), or the medium that installs it, and prints its path as the last line.
// Tests, quickstart and bench call makeGuestImage().
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildDisk, buildIso, buildQcow2 } from './guest-image/disk.ts';
import { downloadPackages, resolvePackages, type DebPackage } from './guest-image/packages.ts';
import { requirePrograms, run } from './guest-image/process.ts';
import { buildSystem } from './guest-image/system.ts';

export { guestImagePackages } from './guest-image/process.ts';

const RECIPE = path.join(import.meta.dirname, 'guest-image');
const CACHE = path.join(import.meta.dirname, '..', '.cache', 'guest-image');
const FILE = { disk: 'guest.qcow2', iso: 'guest-installer.iso' } as const;
export type GuestImageKind = keyof typeof FILE;

function recipeHash(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(RECIPE, { recursive: true, encoding: 'utf8' }).sort()) {
    const file = path.join(RECIPE, name);
    if (statSync(file).isFile()) hash.update(`${name}\0`).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 12);
}

const versionsHash = (packages: DebPackage[]): string => createHash('sha256').update(packages.map((p) => `${p.name}=${p.version}`).join('\n')).digest('hex').slice(0, 12);

async function resolve(say: (line: string) => void): Promise<DebPackage[]> {
  try {
    return await resolvePackages();
  } catch (e) {
    if (process.getuid?.() !== 0) throw e;
    say('apt has no package lists yet: apt-get update');
    await run('apt-get', ['-q', 'update']);
    return await resolvePackages();
  }
}

/** Path of the finished file, from the cache when recipe and package versions are the same. `say` gets lines of progress. */
export async function makeGuestImage(kind: GuestImageKind = 'disk', say: (line: string) => void = () => undefined): Promise<string> {
  const recipe = recipeHash();
  let packages: DebPackage[];
  try {
    packages = await resolve(say);
  } catch (e) {
    // Offline: an image of the same recipe with whatever versions is as good.
    const older = existsSync(CACHE) ? readdirSync(CACHE).find((d) => d.startsWith(`${recipe}-`) && existsSync(path.join(CACHE, d, FILE[kind]))) : undefined;
    if (older) return path.join(CACHE, older, FILE[kind]);
    throw e;
  }
  const dir = path.join(CACHE, `${recipe}-${versionsHash(packages)}`);
  const out = path.join(dir, FILE[kind]);
  if (existsSync(out)) return out;

  requirePrograms(['dpkg-deb', 'apt-get', 'tar', 'mke2fs', 'grub-mkimage', 'qemu-img', ...(kind === 'iso' ? ['xorriso'] : [])]);
  mkdirSync(dir, { recursive: true });
  say(`packages: ${packages.length}, kernel ${packages.at(-1)!.name} ${packages.at(-1)!.version}`);
  const debs = await downloadPackages(path.join(CACHE, 'debs'), packages);
  const work = mkdtempSync(path.join(dir, 'build-'));
  try {
    say('putting the system together');
    const system = await buildSystem(work, debs);
    const raw = await buildDisk(work, system);
    const unfinished = path.join(work, FILE[kind]);
    if (kind === 'iso') await buildIso(work, system, raw, unfinished);
    else await buildQcow2(raw, unfinished);
    renameSync(unfinished, out);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return out;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { iso: { type: 'boolean', default: false }, out: { type: 'string' } } });
  const started = Date.now();
  let file = await makeGuestImage(values.iso ? 'iso' : 'disk', (line) => console.error(line));
  if (values.out) { copyFileSync(file, values.out); file = path.resolve(values.out); }
  console.error(`${(statSync(file).size / 1024 / 1024).toFixed(1)} MiB after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  console.log(file);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  main().catch((e: unknown) => { console.error(`guest-image: ${e instanceof Error ? e.message : String(e)}`); process.exitCode = 1; });
}
