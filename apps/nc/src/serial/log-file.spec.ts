import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { followSerialLog, lastLines, readSerialLog, trimSerialLog } from './log-file.ts';

describe('the log of a serial port', () => {
  let dir = '';
  let file = '';
  beforeEach(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'educloud-serial-'));
    file = path.join(dir, 'log');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const text = (log: Buffer | null): string | null => log && log.toString();

  it('is read from its end, over the file before it; where nothing was said there is none', async () => {
    assert.equal(await readSerialLog(file, 100), null);
    writeFileSync(file, 'new');
    writeFileSync(`${file}.0`, 'old-');
    assert.deepEqual([text(await readSerialLog(file, 100)), text(await readSerialLog(file, 5)), text(await readSerialLog(file, 2))], ['old-new', 'd-new', 'ew']);
  });
  it('gives its last lines, also one that is not finished', () => {
    const of = (log: string, n: number): string => lastLines(Buffer.from(log), n).toString();
    assert.deepEqual([of('a\nb\nc\n', 1), of('a\nb\nc', 2), of('a\nb\n', 9), of('', 3), of('\na', 1), of('a\n\n', 1), of('a\n', 0)], ['c\n', 'b\nc', 'a\nb\n', '', 'a', '\n', '']);
  });
  it('keeps its end when it is trimmed, while its writer appends on; twice is once', async () => {
    appendFileSync(file, 'x'.repeat(1000) + 'the end');
    await trimSerialLog(file, 100);
    await trimSerialLog(file, 100);
    assert.equal(statSync(file).size, 0);
    appendFileSync(file, ' and more');
    await trimSerialLog(file, 100);
    assert.equal(text(await readSerialLog(file, 16)), 'the end and more');
    assert.ok(statSync(`${file}.0`).size <= 50);
    for (const rolled of ['.1', '.2']) writeFileSync(file + rolled, 'of virtlogd');
    appendFileSync(file, 'y'.repeat(200));
    await trimSerialLog(file, 100);
    assert.ok(!existsSync(`${file}.1`) && !existsSync(`${file}.2`));
  });

  it('R183 is emptied also where the half that is kept cannot be written: on a full disk that makes room', async () => {
    writeFileSync(file, 'x'.repeat(1000));
    writeFileSync(`${file}.0`, 'older');
    mkdirSync(`${file}.0.part`);
    await trimSerialLog(file, 100);
    assert.equal(statSync(file).size, 0);
    assert.ok(!existsSync(`${file}.0`));
  });

  function follow(tail: number): { ended: AbortController; left: AbortController; all: () => string; over: Promise<void>; heard(part: string): Promise<void> } {
    const [ended, left] = [new AbortController(), new AbortController()];
    let all = '';
    let tell = (): void => undefined;
    const over = (async () => {
      for await (const chunk of followSerialLog(file, { begin: (log) => lastLines(log, tail), ended: ended.signal, left: left.signal })) {
        all += chunk.toString();
        tell();
      }
    })();
    const heard = (part: string): Promise<void> => new Promise((resolve) => {
      tell = () => { if (all.includes(part)) resolve(); };
      tell();
    });
    return { ended, left, all: () => all, over, heard };
  }

  it('is followed from its last lines on without a gap, over a trim and over a file that was turned over', async () => {
    writeFileSync(file, 'one\ntwo\n');
    const it = follow(1);
    await it.heard('two');
    appendFileSync(file, 'three\n');
    await it.heard('three');
    truncateSync(file, 0);
    appendFileSync(file, 'four\n');
    await it.heard('four');
    appendFileSync(file, 'five\n');
    renameSync(file, `${file}.0`);
    writeFileSync(file, 'six\n');
    await it.heard('six');
    it.ended.abort();
    await it.over;
    assert.equal(it.all(), 'two\nthree\nfour\nfive\nsix\n');
  });
  it('is read to its end when the writer has ended, also one that begins later than its follower', async () => {
    const it = follow(5);
    writeFileSync(file, 'late ');
    await it.heard('late');
    appendFileSync(file, 'last words');
    it.ended.abort();
    await it.over;
    assert.equal(it.all(), 'late last words');
  });
  it('is let go by a reader who leaves while nothing is said', async () => {
    writeFileSync(file, 'quiet\n');
    const it = follow(1);
    await it.heard('quiet');
    it.left.abort();
    await it.over;
  });
});
