// How files are named and begin, and what no file may do. One rule, one line, with its reason in the title.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../tools/build.ts';

const files = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' }).stdout.split('\n').filter((f) => f !== '' && !f.endsWith('package-lock.json'));
const read = (file: string): string => {
  try { return readFileSync(path.join(ROOT, file), 'utf8'); } catch { return ''; } // deleted and not yet committed
};
const code = files.filter((f) => /\.(ts|tsx|mjs|cjs|js)$/.test(f) && !f.endsWith('.d.ts') && read(f) !== '');
const production = code.filter((f) => /^(apps|libs)\//.test(f) && !/\.(spec|test)\.|stock-(tests|model)/.test(f));
const having = (list: string[], pattern: RegExp, except: string[] = []): string[] => list.filter((f) => !except.includes(f) && pattern.test(read(f)));

describe('the tree', function () {
  this.timeout(20_000);
  it('is a git checkout these rules can read', () => assert.ok(code.length > 300, `${code.length} files`));
  it('has no drawer for what has no place', () => assert.deepEqual(files.filter((f) => /(^|\/)(utils?|helpers?|common|misc|managers?)(\/|\.|-)|-(utils?|helpers?)\./.test(f)), []));
  it('names files in kebab-case, components as they are called', () => {
    assert.deepEqual(code.map((f) => path.basename(f)).filter((name) => !/^(\.?[a-z0-9]+(-[a-z0-9]+)*(\.(spec|test|contract|suite|config|d))?\.(ts|tsx|mjs|cjs|js)|[A-Z][A-Za-z]+\.tsx|use[A-Z][A-Za-z]+\.ts)$/.test(name)), []);
  });
  it('begins each source file with what it is for', () => assert.deepEqual(code.filter((f) => !/\.spec\.tsx?$/.test(f) && !/^(#!.*\n)?\/\/ \S/.test(read(f))), []));
  it('has no banner, and no promise to do something later', () => assert.deepEqual(having(code.filter((f) => f !== 'test/house/tree.test.ts'), /\/\/ ?[-=*#]{8,}|\/\/.*\b(TODO|FIXME|XXX|HACK)\b/), []));
  it('keeps files small enough to be read in one go', () => assert.deepEqual(production.filter((f) => read(f).split('\n').length > 400), []));
  it('holds no half of a merge', () => assert.deepEqual(having(files.filter((f) => !f.startsWith('docs/') || f.endsWith('.md')), /^(<{7}|>{7}|\|{7}) |^={7}$/m), []));
  it('names no path of somebody\'s own machine', () => assert.deepEqual(having(files.filter((f) => f !== 'test/house/tree.test.ts'), /(^|[\s"'`=(])\/(work|home|Users)\/\w/m), []));
});

describe('no code', () => {
  // The command line is a person's program: its main reads the environment once and hands it on. libs/model-runs is for tests alone.
  it('but libs/config reads the environment of a daemon', () => assert.deepEqual(having(production, /process\.env/).filter((f) => !/^libs\/(config|model-runs)\//.test(f) && f !== 'apps/cli/src/main.ts'), []));
  it('hands a string to a shell', () => assert.deepEqual(having(code.filter((f) => f !== 'test/house/tree.test.ts'), /\bshell: *true|import \{[^}]*\bexec(Sync)?\b[^}]*\} from 'node:child_process'/), []));
  it('subclasses or catches-and-forgets an error silently', () => assert.deepEqual(having(production, /class \w+ extends CloudError|catch \{\s*\}/), []));
  it('makes HTML from strings', () => assert.deepEqual(having(production, /dangerouslySetInnerHTML|\.innerHTML\s*=/), []));
  it('switches the checks off without a reason beside it', () => assert.deepEqual(having(code.filter((f) => f !== 'test/house/tree.test.ts'), /@ts-(ignore|nocheck)|eslint-disable(?!.* -- \S)/), []));
});

describe('no test', () => {
  const tests = code.filter((f) => /\.(spec|test|contract|suite)\.ts$/.test(f) && f !== 'test/house/tree.test.ts');
  it('runs alone or is left out for good', () => assert.deepEqual(having(tests, /\b(it|describe)\.(only|skip)\(|\bx(it|describe)\(/), []));
});
