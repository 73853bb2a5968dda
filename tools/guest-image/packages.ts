// The Debian packages the guest is made of: which versions apt offers now, their files, and unpacking them without root.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { run } from './process.ts';

/** What goes into the guest. The libraries are those of qemu-ga; the build checks that none is missing. */
const GUEST_PACKAGES = ['busybox-static', 'qemu-guest-agent', 'libc6', 'libglib2.0-0', 'libpcre2-8-0', 'libudev1', 'liburing2', 'libnuma1', 'grub-pc-bin'];
/** The general kernel: the `cloud` flavour has neither AHCI nor e1000e, which guests of type windows get. */
const KERNEL_META = 'linux-image-amd64';

export interface DebPackage { name: string; version: string }

async function candidates(names: string[]): Promise<Map<string, { version: string; depends: string }>> {
  const text = await run('apt-cache', ['show', '--no-all-versions', ...names]);
  const found = new Map<string, { version: string; depends: string }>();
  for (const stanza of text.split('\n\n')) {
    const field = (key: string): string => new RegExp(`^${key}: (.*)$`, 'm').exec(stanza)?.[1] ?? '';
    if (field('Package')) found.set(field('Package'), { version: field('Version'), depends: field('Depends') });
  }
  return found;
}

/** Versions that apt would fetch now, the kernel last. Throws when apt knows no lists. */
export async function resolvePackages(): Promise<DebPackage[]> {
  const found = await candidates([...GUEST_PACKAGES, KERNEL_META]);
  const kernel = /^(linux-image-[^\s,]+)/.exec(found.get(KERNEL_META)?.depends ?? '')?.[1];
  const missing = GUEST_PACKAGES.filter((name) => !found.has(name));
  if (missing.length > 0 || !kernel) throw new Error(`apt does not offer ${[...missing, ...(kernel ? [] : [KERNEL_META])].join(', ')}; run: apt-get update`);
  const version = (await candidates([kernel])).get(kernel)?.version;
  if (!version) throw new Error(`apt does not offer ${kernel}; run: apt-get update`);
  return [...GUEST_PACKAGES.map((name) => ({ name, version: found.get(name)!.version })), { name: kernel, version }];
}

const fileOf = (dir: string, p: DebPackage): string | undefined => {
  const prefix = `${p.name}_${p.version.replaceAll(':', '%3a')}_`;
  const name = existsSync(dir) ? readdirSync(dir).find((f) => f.startsWith(prefix) && f.endsWith('.deb')) : undefined;
  return name && path.join(dir, name);
};

/** Path of each .deb, downloaded into `dir` where it is not there yet. */
export async function downloadPackages(dir: string, packages: DebPackage[]): Promise<Map<string, string>> {
  mkdirSync(dir, { recursive: true });
  const missing = packages.filter((p) => !fileOf(dir, p));
  if (missing.length > 0) {
    // Its own sandbox user could not write into our cache; the files are checked against apt's signed lists all the same.
    await run('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=3', 'download', ...missing.map((p) => `${p.name}=${p.version}`)], { cwd: dir });
  }
  return new Map(packages.map((p) => {
    const file = fileOf(dir, p);
    if (!file) throw new Error(`apt-get download left no file for ${p.name} ${p.version} in ${dir}`);
    return [p.name, file];
  }));
}

/** Unpacks the members that match (tar wildcards; all when none is given). */
export function unpack(deb: string, into: string, patterns: string[] = []): Promise<void> {
  mkdirSync(into, { recursive: true });
  return new Promise((resolve, reject) => {
    const reader = spawn('dpkg-deb', ['--fsys-tarfile', deb], { stdio: ['ignore', 'pipe', 'pipe'] });
    const writer = spawn('tar', ['-x', '--no-same-owner', '-C', into, ...(patterns.length ? ['--wildcards', ...patterns] : [])], { stdio: ['pipe', 'ignore', 'pipe'] });
    let complaint = '';
    reader.stderr.on('data', (d) => (complaint += d));
    writer.stderr.on('data', (d) => (complaint += d));
    reader.stdout.pipe(writer.stdin);
    writer.stdin.on('error', () => undefined);
    reader.on('error', reject);
    writer.on('error', reject);
    writer.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`unpacking ${path.basename(deb)} failed: ${complaint.trim().slice(-1000)}`))));
  });
}
