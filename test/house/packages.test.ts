// The outside of the repository: versions, scripts and documents say the same.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { VERSION } from '@educloud/contracts';
import { ROOT } from '../../tools/build.ts';

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const root = JSON.parse(read('package.json')) as { version: string; license: string; scripts: Record<string, string> };
const docs = ['README.md', 'CHANGELOG.md', ...readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.md')).map((f) => `docs/${f}`)];

describe('the packages', () => {
  it('all have the version that daemons and command line report', () => {
    const folders = ['', 'apps/clc/web', 'test', ...['apps', 'libs'].flatMap((top) => readdirSync(path.join(ROOT, top)).map((name) => `${top}/${name}`))];
    for (const folder of folders) {
      const file = path.join(folder, 'package.json');
      if (existsSync(path.join(ROOT, file))) assert.equal((JSON.parse(read(file)) as { version: string }).version, VERSION, file);
    }
  });
  it('have each script explained by npm run help', () => {
    const help = spawnSync(process.execPath, ['tools/help.mjs'], { cwd: ROOT, encoding: 'utf8' });
    assert.equal(help.status, 0, help.stderr);
  });
  it('have the script files they name', () => {
    for (const [name, line] of Object.entries(root.scripts)) for (const file of line.match(/(tools|bench)\/[\w./-]+/g) ?? []) assert.ok(existsSync(path.join(ROOT, file)), `${name}: ${file}`);
  });
  it('have the licence they name', () => assert.equal(root.license !== 'UNLICENSED', existsSync(path.join(ROOT, 'LICENSE'))));
});

describe('the documents', () => {
  for (const doc of docs) {
    it(`${doc} names only scripts, files and links that exist`, () => {
      const text = read(doc);
      for (const [, script] of text.matchAll(/npm run ([a-z][\w-]*)/g)) assert.ok(root.scripts[script!], `${doc}: npm run ${script}`);
      for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) assert.ok(existsSync(path.join(ROOT, path.dirname(doc), target!)), `${doc}: link to ${target}`);
      for (const [, file] of text.matchAll(/`((?:apps|libs|tools|test|config|deploy|docs|bench)\/[\w./-]*\w)`/g)) assert.ok(existsSync(path.join(ROOT, file!)), `${doc}: ${file}`);
    });
  }
});
