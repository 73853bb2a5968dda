import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { SFTPWrapper } from 'ssh2';
import { sftpLine } from './sftp-line.ts';

describe('a line to an SFTP server', () => {
  const channel = () => new EventEmitter() as unknown as SFTPWrapper & EventEmitter;

  it('gives the answer, or the error of the server', async () => {
    const line = sftpLine(channel());
    assert.equal(await line.ask<number>((answered) => answered(undefined, 7)), 7);
    await assert.rejects(line.ask((answered) => answered(new Error('no such file'), null)), /no such file/);
  });
  it('R105 leaves no request waiting when the channel closes, and none that is made afterwards', async () => {
    for (const event of ['end', 'close']) {
      const sftp = channel();
      const line = sftpLine(sftp);
      const underWay = line.ask(() => undefined);
      sftp.emit(event);
      await assert.rejects(underWay, /closed/);
      await assert.rejects(line.ask(() => undefined), /closed/);
    }
  });
});
