// What is generated is checked in, so that a reader sees it and a difference is noticed. A difference in wire/ is a change of the protocol.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ERRORS, ERRORS_ZH, type ErrorCode } from '@educloud/contracts';
import { ROOT } from '../../tools/build.ts';
import { generated, WIRE_FOLDER } from '../../tools/gen.ts';

const files = await generated();

describe('generated files', () => {
  for (const [file, content] of files) {
    it(`${file} says what the code says (else: npm run gen)`, () => {
      assert.ok(existsSync(path.join(ROOT, file)), `${file} is missing`);
      assert.equal(readFileSync(path.join(ROOT, file), 'utf8'), content);
    });
  }
  it('of the wire are no more than there are shapes', () => {
    assert.deepEqual(readdirSync(path.join(ROOT, WIRE_FOLDER)).filter((name) => !files.has(`${WIRE_FOLDER}/${name}`)), []);
  });
});

describe('an error code', () => {
  const page = readFileSync(path.join(ROOT, 'docs/errors.md'), 'utf8');
  for (const [code, entry] of Object.entries(ERRORS)) {
    it(`${code} says what it means and what to do, in both languages`, () => {
      assert.ok(page.includes(`\`${code}\``) && entry.meaning.endsWith('.') && entry.action.endsWith('.'));
      const chinese = ERRORS_ZH[code as ErrorCode];
      assert.ok(chinese.meaning.endsWith('。') && chinese.action.endsWith('。'));
    });
  }
});
