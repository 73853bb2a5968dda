// Compiles every daemon, the command line and the all-in-one into dist/, and the web pages. Our code is bundled, npm packages stay outside.
import { createHash } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const DIST = path.join(ROOT, 'dist');

/** Output name → entry. */
export const ENTRIES = {
  clc: 'apps/clc/src/process.ts',
  cc: 'apps/cc/src/process.ts',
  nc: 'apps/nc/src/process.ts',
  walrus: 'apps/walrus/src/process.ts',
  sc: 'apps/sc/src/process.ts',
  'all-in-one': 'apps/all-in-one/src/process.ts',
  edu: 'apps/cli/src/main.ts',
  'libvirt-worker': 'libs/libvirt/src/worker.ts',
} as const;

/** Our own packages are resolved to their source; all others are left to node_modules. */
const ours = {
  name: 'ours-inside',
  setup(b: import('esbuild').PluginBuild) {
    b.onResolve({ filter: /^[^./]/ }, async (args) => {
      if (args.kind === 'entry-point' || args.path.startsWith('@educloud/')) return undefined;
      return { path: args.path, external: true };
    });
  },
};

async function bundle(outdir: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: Object.entries(ENTRIES).map(([out, entry]) => ({ in: path.join(ROOT, entry), out })),
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    sourcemap: 'linked',
    splitting: false,
    logLevel: 'warning',
    plugins: [ours],
    define: { 'process.env.EDUCLOUD_COMPILED': '"1"' },
  });
}

function web(outdir: string): void {
  const done = spawnSync(process.execPath, [path.join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn', '--outDir', path.join(outdir, 'web'), '--emptyOutDir'], { cwd: path.join(ROOT, 'apps/clc/web'), stdio: ['ignore', 'inherit', 'inherit'] });
  if (done.status !== 0) throw new Error('the web pages could not be built');
}

/** Hash of names, sizes and times of all sources: nothing to do when it is the same. */
async function fingerprint(): Promise<string> {
  const listed = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '--', 'apps', 'libs', 'package-lock.json', 'tools/build.ts'], { cwd: ROOT, encoding: 'utf8' });
  const hash = createHash('sha256');
  for (const file of listed.stdout.split('\n').filter(Boolean).sort()) {
    const s = await stat(path.join(ROOT, file)).catch(() => null);
    if (s) hash.update(`${file}:${s.size}:${s.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** Builds unless dist/ is already made from these very sources. */
export async function ensureBuilt(): Promise<void> {
  const stamp = path.join(DIST, '.built-from');
  const now = await fingerprint();
  if ((await readFile(stamp, 'utf8').catch(() => '')) === now) return;
  // Beside it and then in its place: daemons of a running cloud may be started again at any moment.
  const [fresh, old] = [`${DIST}.new-${process.pid}`, `${DIST}.old-${process.pid}`];
  try {
    await bundle(fresh);
    web(fresh);
    await writeFile(path.join(fresh, '.built-from'), now);
    await rename(DIST, old).catch((e: NodeJS.ErrnoException) => { if (e.code !== 'ENOENT') throw e; });
    await rename(fresh, DIST);
  } finally {
    for (const dir of [fresh, old]) await rm(dir, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await ensureBuilt();
  console.log(`built into ${path.relative(process.cwd(), DIST) || '.'}`);
}
