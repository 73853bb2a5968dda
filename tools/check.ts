// `npm run check`: types, lint, import directions, dead code and house rules. The same locally and in CI.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { ROOT } from './build.ts';
import { importMistakes } from './check/imports.ts';

interface Check {
  name: string;
  /** What is wrong; null when nothing is. */
  run(): Promise<string | null>;
}

const bin = (name: string): string => path.join(ROOT, 'node_modules/.bin', name);

/** A program whose output is shown only when it fails. */
const program = (name: string, command: string, args: string[]): Check => ({
  name,
  run: () =>
    new Promise((resolve) => {
      const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
      child.once('error', (e) => resolve(e.message));
      child.once('close', (code) => resolve(code === 0 ? null : output || `ended with code ${code}`));
    }),
});

/** Side by side: lint takes as long as the others together. */
const LANES: Check[][] = [
  [program('lint', bin('eslint'), ['--max-warnings', '0', '.'])],
  [
    program('types', bin('tsc'), ['--noEmit', '--incremental', '--tsBuildInfoFile', '.cache/types.tsbuildinfo', '-p', '.']),
    { name: 'imports point one way', run: async () => importMistakes(ROOT).join('\n') || null },
    program('nothing dead', bin('knip'), ['--no-progress', '--no-config-hints']),
    program('house rules', process.execPath, ['node_modules/mocha/bin/mocha.js', '--import=tsx', '--timeout', '60000', '--reporter', 'dot', 'test/house/*.test.ts']),
  ],
];

let failed = 0;
await Promise.all(
  LANES.map(async (lane) => {
    for (const check of lane) {
      const start = performance.now();
      const trouble = await check.run();
      console.log(`${trouble === null ? '✓' : '✗'} ${check.name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
      if (trouble === null) continue;
      failed += 1;
      console.log(trouble.trim());
    }
  }),
);
process.exit(failed > 0 ? 1 : 0);
