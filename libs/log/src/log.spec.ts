import assert from 'node:assert/strict';
import { createLog, withLogContext } from './index.ts';

const capture = () => {
  const lines: string[] = [];
  return { lines, stream: { write: (s: string) => void lines.push(s) } };
};

describe('the log', () => {
  it('cuts out secrets by name and by shape', () => {
    const { lines, stream } = capture();
    const log = createLog({ role: 'clc', stream });
    log.info({ body: { password: 'canary1' }, ticket: 'canary2' }, 'amqp://u:canary3@host/ with Bearer canary4canary');
    assert.ok(!lines.join('').includes('canary'), lines.join(''));
  });
  it('carries the task id through async calls', async () => {
    const { lines, stream } = capture();
    const log = createLog({ role: 'nc', stream });
    await withLogContext({ tid: 't-1' }, async () => {
      await Promise.resolve();
      log.info('x');
    });
    assert.match(lines[0] ?? '', /"tid":"t-1"/);
  });
});
