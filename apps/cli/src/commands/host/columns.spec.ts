import assert from 'node:assert/strict';
import { translator } from '../../language.ts';
import { stateOf } from './columns.ts';

describe('state of a daemon in tables', () => {
  it('says in both languages that a node was declared switched off, and that it is back but not used yet', () => {
    const [en, zh] = [translator('en'), translator('zh')];
    assert.equal(stateOf({ state: 'down', fenced: false }, en), 'down');
    assert.equal(stateOf({ state: 'down', fenced: true }, en), 'down (switched off)');
    assert.equal(stateOf({ state: 'down', fenced: true }, zh), '离线（已关机）');
    assert.equal(stateOf({ state: 'up', fenced: true }, en), 'up (cleaning up before it is used)');
    assert.equal(stateOf({ state: 'up', fenced: true }, zh), '在线（清理后才会使用）');
  });
});
