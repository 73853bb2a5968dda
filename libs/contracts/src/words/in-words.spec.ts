import assert from 'node:assert/strict';
import { ERRORS } from '../error-table.ts';
import { ERRORS_ZH } from './errors-zh.ts';
import { NAMES } from './names.ts';
import { inWords, named, saidOf, say } from './in-words.ts';
import { SAYINGS } from './sayings.ts';

const holes = (text: string): string[] => [...text.matchAll(/\{[^}]*\}/g)].map(([hole]) => hole).sort();
const CHINESE = /\p{Script=Han}/u;

describe('the catalogue', () => {
  it('says everything in both languages, with the same parameters', () => {
    for (const [code, { en, zh }] of Object.entries(SAYINGS)) {
      assert.deepEqual(holes(zh), holes(en), code);
      assert.doesNotMatch(en, CHINESE, code);
      // What consists of nothing but parameters has no words.
      if (/[a-z]/i.test(en.replace(/\{[^}]*\}/g, ''))) assert.match(zh, CHINESE, code);
    }
  });
  it('names only kinds of words that there are', () => {
    for (const [code, { en, zh }] of Object.entries(SAYINGS)) for (const hole of [...holes(en), ...holes(zh)]) {
      const kind = /\|(\w+)\}/.exec(hole)?.[1];
      assert.ok(!kind || kind === 'bytes' || kind === 'time' || kind in NAMES, `${code} ${hole}`);
    }
  });
  it('has Chinese for every error', () => {
    for (const code of Object.keys(ERRORS) as Array<keyof typeof ERRORS>) {
      assert.match(ERRORS_ZH[code].meaning, CHINESE, code);
      assert.match(ERRORS_ZH[code].action, CHINESE, code);
    }
  });
  it('has no English text twice, so that a text leads to its code', () => {
    const seen = new Map<string, string>();
    for (const [code, { en }] of Object.entries(SAYINGS)) {
      assert.equal(seen.get(en), undefined, `${code} and ${seen.get(en)}`);
      seen.set(en, code);
    }
    assert.deepEqual(saidOf('a name is needed'), { code: 'nameNeeded' });
    assert.equal(saidOf('something else'), null);
  });
});

describe('a saying', () => {
  it('is put into the language of its reader, with lists, names and sayings inside of it', () => {
    const said = say('stepNotNow', { step: 'submit', phase: 'preparing', state: 'pending', allowed: ['prepare', 'cancel'] });
    assert.equal(inWords(said, 'en'), 'submit is not possible while the task is preparing/pending; allowed now: prepare, cancel');
    assert.equal(inWords(said, 'zh'), '任务处于“准备／未开始”时不能提交；现在可以：准备、取消');
    const nested = say('stepFailed', { step: 'run', why: say('jobAt', { job: 'startDomain', daemon: 'nc-1', why: say('noSpaceLeft') }) });
    assert.equal(inWords(nested, 'en'), 'run failed: startDomain at nc-1: no space left');
    assert.equal(inWords(nested, 'zh'), '启动失败：nc-1 执行“启动机器”：没有剩余空间');
  });
  it('writes sizes for people', () => {
    assert.equal(inWords(say('littleDisk', { missing: 3 * 1024 ** 3 }), 'en'), 'lacks 3.0 GiB of disk');
  });
  it('of a newer version, or with strange parameters, harms nobody', () => {
    assert.equal(inWords({ code: 'fromTheFuture' }, 'zh'), 'fromTheFuture');
    assert.equal(inWords({ code: 'fromTheFuture', args: { text: 'plain words' } }, 'zh'), 'plain words');
    assert.equal(inWords({ code: 'placedOn' }, 'en'), 'placed on ');
    const loop: { code: string; args: Record<string, unknown> } = { code: 'stopped', args: {} };
    loop.args['how'] = loop;
    assert.match(inWords(loop, 'en'), /^stopped: stopped: /);
    assert.equal(named('state', 'levitating', 'zh'), 'levitating');
  });
});
