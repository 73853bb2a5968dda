// Turns at the database, without one.
import { strict as assert } from 'node:assert';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createTurns } from './turns.ts';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('are taken one after the other in the order of asking, and a failure holds up nobody', async () => {
    const turns = createTurns({ places: 1, kept: 0 });
    const said: string[] = [];
    const all = ['a', 'b', 'c'].map((name) => turns.take(async () => { said.push(`${name}<`); await tick(); said.push(`${name}>`); if (name === 'b') throw new Error('no'); }));
    const ends = await Promise.allSettled(all);
    assert.deepEqual(said, ['a<', 'a>', 'b<', 'b>', 'c<', 'c>']);
    assert.deepEqual(ends.map((end) => end.status), ['fulfilled', 'rejected', 'fulfilled']);
  });

  it('let people go before what can wait, but not for ever', async () => {
    const turns = createTurns({ places: 1, kept: 0 });
    const said: string[] = [];
    const take = (name: string, behind: boolean): Promise<void> => turns.take(async () => { await tick(); said.push(name); }, behind);
    await Promise.all([take('first', false), take('engine', true), ...Array.from({ length: 40 }, (_, i) => take(`request ${i}`, false))]);
    assert.equal(said[0], 'first');
    assert.equal(said.indexOf('engine'), 17, 'it was overtaken by sixteen and then had its turn');
  });

  it('are run in the context of whoever asked, not of whoever was before', async () => {
    const turns = createTurns({ places: 1, kept: 0 });
    const who = new AsyncLocalStorage<string>();
    const all = ['a', 'b', 'c'].map((name) => who.run(name, () => turns.take(async () => { await tick(); return who.getStore(); })));
    assert.deepEqual(await Promise.all(all), ['a', 'b', 'c']);
  });

  it('keep places for people that the rest never gets', async () => {
    const turns = createTurns({ places: 4, kept: 1 });
    let running = 0;
    let most = 0;
    await Promise.all(Array.from({ length: 12 }, () => turns.take(async () => { most = Math.max(most, ++running); await tick(); running -= 1; }, true)));
    assert.equal(most, 3);
  });
});
