import assert from 'node:assert/strict';
import { shareTickets } from './shared-tickets.ts';

describe('tickets of daemons', () => {
  it('are signed once for all who ask within ten seconds, and live long enough for the last of them', () => {
    let at = 0;
    const signed: number[] = [];
    const sign = shareTickets((_claims, ttlMs) => `until ${at + (signed.push(ttlMs), ttlMs)} no ${signed.length}`, () => at);
    const mine = { action: 'image/download', imageId: 'img-00000001', version: 1 } as const;
    const first = sign(mine, 60_000);
    at = 9_999;
    assert.equal(sign(mine, 60_000), first);
    assert.equal(first, 'until 70000 no 1');
    assert.notEqual(sign({ ...mine, version: 2 }, 60_000), first);
    assert.notEqual(sign(mine, 61_000), first);
    at = 10_000;
    assert.notEqual(sign(mine, 60_000), first);
    at = 0;
    assert.equal(signed.length, 4);
    sign(mine, 60_000);
    assert.equal(signed.length, 5, 'a clock that was set back is not believed');
  });
});
