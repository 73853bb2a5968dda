import assert from 'node:assert/strict';
import { OwnerGroup, mayBePlaced, reachesGroup } from './owner-groups.ts';

describe('an owner group', () => {
  it('reaches itself and what is below it, by whole segments', () => {
    assert.deepEqual(['a.b', 'a.b.c', 'a.b.c.d'].map((host) => reachesGroup('a.b', host)), [true, true, true]);
    assert.deepEqual(['a', 'a.bc', 'a.c', 'b', 'x.a.b', 'A.b', null].map((host) => reachesGroup('a.b', host)), [false, false, false, false, false, false, false]);
  });
  it('that is not given reaches every host, also one of no group', () => assert.deepEqual([reachesGroup(null, 'a'), reachesGroup(null, null)], [true, true]));
  it('that hosts are in keeps everybody else off them; what is in none is everybody’s', () => {
    assert.deepEqual(([['a.b', 'a.b'], ['a.b', 'a.b.c'], ['a.b', null], [null, null], [null, 'a.b'], ['a.b.c', 'a.b'], ['a.bc', 'a.b']] as const).map(([of, host]) => mayBePlaced(of, host)), [true, true, true, true, false, false, false]);
  });
  it('is a path of names', () => {
    for (const good of ['a', 'school.lab-2.row_3', '一中.机房']) assert.ok(OwnerGroup.safeParse(good).success, good);
    for (const bad of ['', '.', 'a.', '.a', 'a..b', 'a b', 'a/b', 'a*', '%', 'x'.repeat(201)]) assert.ok(!OwnerGroup.safeParse(bad).success, bad);
  });
});
