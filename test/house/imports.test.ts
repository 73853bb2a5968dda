// The import rules are only worth something if they can go red: each is broken on purpose in a small tree of its own.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from '../../tools/build.ts';
import { importMistakes } from '../../tools/check/imports.ts';

/** File → text. `violates` is the rule that must name this file; without it the file is in order. */
const TREE: Array<{ file: string; text: string; violates?: string }> = [
  { file: 'libs/contracts/src/index.ts', text: 'export const a = 1;' },
  { file: 'libs/errors/src/index.ts', text: "import { a } from '@educloud/contracts'; export const b = a;" },
  { file: 'libs/errors/src/inside.ts', text: 'export const inside = 1;' },
  { file: 'libs/bus/src/index.ts', text: "import 'amqplib'; import { b } from '@educloud/errors'; export const bus = b;" },
  { file: 'libs/database/src/index.ts', text: "import 'typeorm'; export const db = 1;" },
  { file: 'apps/cc/src/main.ts', text: "import '@educloud/bus'; import './commands/good.ts'; export const cc = 1;" },
  { file: 'apps/cc/src/commands/good.ts', text: "import type { D } from '../drivers/disk/interface.ts'; export const good: D = 1;" },
  { file: 'apps/cc/src/drivers/disk/interface.ts', text: 'export type D = number;' },
  { file: 'apps/cc/src/drivers/disk/real.ts', text: 'export const real = 1;' },
  { file: 'apps/clc/web/src/good.ts', text: "import { a } from '@educloud/contracts'; export const page = a;" },
  { file: 'apps/all-in-one/src/main.ts', text: "import '@educloud/app-cc'; export const all = 1;" },
  { file: 'test/support/thing.ts', text: 'export const thing = 1;' },

  { file: 'libs/errors/src/to-app.ts', text: "import '@educloud/app-cc';", violates: 'libs-know-no-app' },
  { file: 'libs/contracts/src/to-lib.ts', text: "import '@educloud/errors';", violates: 'contracts-import-nothing-of-ours' },
  { file: 'libs/errors/src/to-bus.ts', text: "import '@educloud/bus';", violates: 'errors-import-contracts-only' },
  { file: 'libs/bus/src/past-the-door.ts', text: "import '@educloud/errors/src/inside.ts';", violates: 'one-door-per-lib' },
  { file: 'apps/cc/src/past-the-door.ts', text: "import '@educloud/errors/src/inside.ts';", violates: 'one-door-per-lib' },
  { file: 'test/house/past-the-door.ts', text: "import '@educloud/errors/src/inside.ts';", violates: 'one-door-per-lib-also-for-tests' },
  { file: 'apps/cc/src/relative.ts', text: "import '../../../libs/bus/src/index.ts';", violates: 'no-relative-way-out-of-a-workspace' },
  { file: 'libs/bus/src/relative.ts', text: "import '../../errors/src/index.ts';", violates: 'no-relative-way-out-of-a-workspace' },
  { file: 'apps/clc/web/src/to-bus.ts', text: "import '@educloud/bus';", violates: 'web-imports-contracts-only' },
  { file: 'apps/clc/src/to-web.ts', text: "import '../web/src/good.ts';", violates: 'clc-does-not-import-its-web' },
  { file: 'apps/nc/src/to-cc.ts', text: "import '@educloud/app-cc';", violates: 'nobody-imports-an-app' },
  { file: 'apps/cc/src/commands/transport.ts', text: "import 'express';", violates: 'commands-know-no-transport' },
  { file: 'apps/cc/src/commands/driver.ts', text: "import '../drivers/disk/real.ts';", violates: 'commands-know-interfaces-of-drivers' },
  { file: 'apps/cc/src/drivers/disk/to-command.ts', text: "import '../../commands/good.ts';", violates: 'store-and-drivers-import-no-command' },
  { file: 'apps/clc/src/routes/sql.ts', text: "import '@educloud/database';", violates: 'sql-only-in-store' },
  { file: 'apps/cc/src/amqp.ts', text: "import 'amqplib';", violates: 'amqp-only-in-bus' },
  { file: 'apps/cc/src/redis.ts', text: "import 'ioredis';", violates: 'redis-only-in-progress' },
  { file: 'apps/nc/src/native.ts', text: "import 'koffi';", violates: 'koffi-only-in-bindings' },
  { file: 'apps/cc/src/to-test.ts', text: "import '../../../test/support/thing.ts';", violates: 'production-does-not-import-tests' },
  { file: 'apps/cc/src/to-models.ts', text: "import '@educloud/model-runs';", violates: 'model-runs-for-tests-alone' },
  { file: 'apps/cc/src/good.spec.ts', text: "import '@educloud/model-runs';" },
  { file: 'libs/model-runs/src/index.ts', text: 'export const runs = 1;' },
  { file: 'apps/cc/src/nowhere.ts', text: "import './not-there.ts';", violates: 'no-unresolved' },
  { file: 'apps/cc/src/cycle-a.ts', text: "import { y } from './cycle-b.ts'; export const x = (): number => y();", violates: 'no-cycles' },
  { file: 'apps/cc/src/cycle-b.ts', text: "import { x } from './cycle-a.ts'; export const y = (): number => x();" },
];
const PACKAGES: Record<string, string> = { 'libs/contracts': 'contracts', 'libs/errors': 'errors', 'libs/bus': 'bus', 'libs/database': 'database', 'libs/model-runs': 'model-runs', 'apps/cc': 'app-cc' };
const FOREIGN = ['amqplib', 'express', 'ioredis', 'koffi', 'typeorm'];

describe('the import rules', function () {
  this.timeout(60_000);
  let root: string;
  let mistakes: string[];
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  before(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'educloud-imports-'));
    for (const { file, text } of TREE) write(file, text);
    cpSync(path.join(ROOT, 'tsconfig.json'), path.join(root, 'tsconfig.json'));
    write('package.json', '{"type":"module"}');
    for (const name of FOREIGN) {
      write(`node_modules/${name}/package.json`, `{"name":"${name}","version":"1.0.0","main":"index.js"}`);
      write(`node_modules/${name}/index.js`, '');
    }
    mkdirSync(path.join(root, 'node_modules/@educloud'), { recursive: true });
    for (const [folder, name] of Object.entries(PACKAGES)) {
      write(`${folder}/package.json`, JSON.stringify({ name: `@educloud/${name}`, version: '1.0.0', type: 'module', exports: { '.': folder.startsWith('apps') ? './src/main.ts' : './src/index.ts', './src/*': './src/*' } }));
      symlinkSync(path.join(root, folder), path.join(root, 'node_modules/@educloud', name));
    }
    mistakes = importMistakes(root);
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  for (const { file, violates } of TREE.filter((f) => f.violates)) {
    it(`${violates} refuses ${file}`, () => assert.ok(mistakes.some((m) => m.startsWith(`${violates}: ${file} → `)), mistakes.join('\n')));
  }
  it('let everything pass that is in order', () => {
    const good = new Set(TREE.filter((f) => !f.violates).map((f) => f.file));
    assert.deepEqual(mistakes.filter((m) => good.has(/: (\S+) →/.exec(m)?.[1] ?? '')), []);
  });
  it('are each broken here at least once', async () => {
    const config = (await import(path.join(ROOT, '.dependency-cruiser.cjs'))) as { default: { forbidden: Array<{ name: string }> } };
    assert.deepEqual(config.default.forbidden.map((r) => r.name).filter((name) => !TREE.some((f) => f.violates === name)), []);
  });
  it('are worth nothing for a file that was not looked at, and the check says so', () => {
    const blind = path.join(root, 'blind.cjs');
    writeFileSync(blind, "module.exports = { forbidden: [], options: { exclude: { path: '^libs/bus/' } } };");
    assert.ok(importMistakes(root, blind).includes('not looked at: libs/bus/src/index.ts'));
  });
});
