import assert from 'node:assert/strict';
import { seeded } from '../faults/seeded.ts';
import { leaksOf, type Sample, type Soaked } from './judge.ts';
import { trendOf } from './slope.ts';

const EVERY_MS = 15_000;
const SAMPLES = 100;
const TASKS = 200;

/** Half an hour of one series: `level` with noise, `perHour` more each hour while people work, `left` more afterwards. */
function soakOf(series: string, { level, noise = 0, perHour = 0, left = 0 }: { level: number; noise?: number; perHour?: number; left?: number }): Soaked {
  const dice = seeded(7);
  const at = (atMs: number, value: number): Sample => ({ atMs, values: { [series]: value } });
  const during = Array.from({ length: SAMPLES }, (_, i) => {
    // One of ten samples falls into the middle of something.
    const outlier = dice.chance(0.1) ? noise * 5 : 0;
    return at(i * EVERY_MS, level + noise * (dice.next() - 0.5) + outlier + (perHour * i * EVERY_MS) / 3_600_000);
  });
  return { before: at(-60_000, level), during, after: at(SAMPLES * EVERY_MS + 60_000, level + left), tasks: TASKS };
}
const series = (soaked: Soaked): string[] => leaksOf(soaked).map((leak) => leak.series);

describe('the judge of a soak', () => {
  it('calls nothing a leak that goes up and down', () => {
    for (const name of ['clc heap MB', 'clc rss MB', 'nc timers', 'nc descriptors', 'cc listeners', 'walrus sockets', 'broker channels']) {
      assert.deepEqual(series(soakOf(name, { level: 60, noise: 8 })), [], name);
    }
  });

  for (const [name, perHour] of [['clc heap MB', 20], ['clc rss MB', 150], ['nc timers', 60], ['nc descriptors', 60], ['cc listeners', 400], ['walrus abort listeners', 400], ['sc handles', 60], ['broker channels', 30]] as const) {
    it(`finds a rise of ${name} through noise, and says how fast`, () => {
      const [leak] = leaksOf(soakOf(name, { level: 60, noise: 8, perHour }));
      assert.equal(leak?.series, name);
      assert.equal(leak.how, 'rose while people worked');
      assert.ok(Math.abs(leak.perHour / perHour - 1) < 0.3, `${leak.perHour} instead of ${perHour} an hour`);
      assert.ok(Math.abs(leak.perTask - leak.growth / TASKS) < 1e-9);
    });
  }

  for (const name of ['rows saga_outbox', 'rows ledger_claims', 'redis keys that stay', 'messages clc cmd.nc-1', 'files nc', 'clc heap MB', 'clc rss MB', 'nc descriptors', 'clc listeners']) {
    it(`finds what is left of ${name} when everything is deleted`, () => {
      const [leak] = leaksOf(soakOf(name, { level: 30, left: 60 }));
      assert.deepEqual([leak?.series, leak?.how, leak?.growth], [name, 'did not come back', 60]);
    });
  }

  it('does not take for a leak what is taken once, when something is done for the first time', () => {
    const steps = (name: string): Soaked => ({ ...soakOf(name, { level: 81 }), before: { atMs: -60_000, values: { [name]: 70 } } });
    assert.deepEqual([series(steps('clc heap MB')), series(steps('clc descriptors'))], [[], ['clc descriptors']]);
  });

  it('does not count work that is under way', () => {
    assert.deepEqual(series(soakOf('rows saga_outbox', { level: 0, noise: 20, perHour: 100 })), []);
  });

  it('lets history grow that somebody said how long it is kept', () => {
    assert.deepEqual(series(soakOf('rows events', { level: 100, perHour: 5000, left: 5000 })), []);
  });

  it('refuses a series that nobody said anything about', () => {
    assert.throws(() => leaksOf(soakOf('surprise', { level: 1 })), /nobody said/);
  });
});

describe('the trend of a series', () => {
  const line = (value: (i: number) => number): ReturnType<typeof trendOf> => trendOf(Array.from({ length: 40 }, (_, i) => ({ atMs: i * 1000, value: value(i) })));

  it('is the slope of a line, whatever single samples do', () => {
    assert.ok(Math.abs(line((i) => 3 + i / 500).slope - 1 / 500_000) < 1e-12);
    assert.ok(Math.abs(line((i) => (i % 10 === 3 ? 1000 : i / 500)).slope - 1 / 500_000) < 1e-7);
  });
  it('is nothing, and sure of nothing, where nothing changes', () => {
    assert.deepEqual(line(() => 5), { slope: 0, z: 0 });
    assert.deepEqual(trendOf([]), { slope: 0, z: 0 });
  });
  it('is sure of a rise and of a fall', () => {
    assert.ok(line((i) => i).z > 5);
    assert.ok(line((i) => -i).z < -5);
  });
});
