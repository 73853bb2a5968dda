// A command is found under the same path in every tier, and every job has exactly one daemon that does it: nothing is half wired.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { JOBS, STATUS_NAMES, STEPS, type JobName } from '@educloud/contracts';
import { ROOT } from '../../tools/build.ts';
import { COMMANDS, filesBelow, stationsOf } from '../../tools/gen/stations.ts';

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

describe('a command', () => {
  for (const command of COMMANDS) {
    it(`${command} has all its stations`, () => assert.deepEqual(stationsOf(command).missing, []));
  }
  it('that is a step of a build exists for each step', () => {
    const fileOf: Record<string, string> = { cancel: 'discard', delete: 'discard' };
    for (const step of STEPS) assert.ok(COMMANDS.includes(`image/create/${fileOf[step] ?? step}`), step);
  });
  it('that does not exist is not shown', () => assert.ok(stationsOf('image/create/nothing').missing.length > 0));
});

describe('a job', () => {
  for (const name of Object.keys(JOBS) as JobName[]) {
    const { role, command } = JOBS[name];
    it(`${name} belongs to a command that exists, and ${role} alone does it`, () => {
      assert.ok(COMMANDS.includes(command), `no command ${command}`);
      if (role === 'clc') return; // done by the engine itself; the stations of the command look for it
      const does = ['walrus', 'sc', 'cc', 'nc'].flatMap((tier) => filesBelow(`apps/${tier}/src/commands`, /^(?!.*\.spec\.).*\.ts$/)).filter((file) => new RegExp(`\\bjob: '${name}'`).test(read(file)));
      assert.equal(does.length, 1, does.join(', '));
      assert.ok(does[0]?.startsWith(`apps/${role}/src/commands/`), does[0]);
    });
  }
  it('without a handler stops a daemon with jobs from starting', () => {
    for (const role of new Set(Object.values(JOBS).map((j) => j.role).filter((r) => r !== 'clc'))) assert.match(read(`apps/${role}/src/main.ts`), new RegExp(`requireHandlers\\('${role}'`), role);
  });
});

describe('a status', () => {
  for (const name of STATUS_NAMES) it(`${name} has a handler in the CLC`, () => assert.match(read('apps/clc/src/status/consumers.ts'), new RegExp(`\\b${name}: \\(`)));
  it('has one file each', () => assert.ok(existsSync(path.join(ROOT, 'apps/clc/src/status/task-status.ts'))));
});
