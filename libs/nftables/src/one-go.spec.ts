import assert from 'node:assert/strict';
import { inOneGo } from './one-go.ts';

describe('scripts of nft in one go', () => {
  const ran: string[] = [];
  const run = inOneGo((args, script = '') => {
    ran.push(`${args.join(' ')} ${script}`);
    return script.includes('wrong') ? Promise.reject(new Error(`no ${script}`)) : Promise.resolve('listed');
  });
  beforeEach(() => { ran.length = 0; });

  it('are one transaction when they are handed over together, and each alone otherwise', async () => {
    await Promise.all([run(['-f', '-'], 'a\n'), run(['-f', '-'], 'b\n')]);
    await run(['-f', '-'], 'c\n');
    assert.deepEqual(ran, ['-f - a\nb\n', '-f - c\n']);
  });
  it('run alone, and hear their own answer, when they are refused together', async () => {
    const answers = await Promise.allSettled([run(['-f', '-'], 'a\n'), run(['-f', '-'], 'wrong\n')]);
    assert.deepEqual(answers.map((a) => (a.status === 'rejected' ? (a.reason as Error).message : 'taken')), ['taken', 'no wrong\n']);
    assert.deepEqual(ran, ['-f - a\nwrong\n', '-f - a\n', '-f - wrong\n']);
  });
  it('wait for nothing that only looks or checks', async () => {
    assert.equal(await run(['-j', 'list', 'tables']), 'listed');
    await run(['-c', '-f', '-'], 'checked');
    assert.deepEqual(ran, ['-j list tables ', '-c -f - checked']);
  });
});
