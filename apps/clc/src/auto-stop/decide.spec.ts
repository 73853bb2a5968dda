// When an instance is shut down by itself: so long after its start, by the timetable of its zone, also where clocks change; told before, and put off.
import assert from 'node:assert/strict';
import { AutoStop } from '@educloud/contracts';
import { decide, idleNow, nextStop, type Due, type Running } from './decide.ts';

const MINUTE = 60_000;
const at = (text: string): number => Date.parse(text);
const rules = (set: object): AutoStop => AutoStop.parse(set);

describe('an instance that is shut down by itself', () => {
  it('ends at the first of its times after its start', () => {
    const week = ['mon', 'tue', 'wed', 'thu', 'fri'];
    // 2025-11-21 is a Friday.
    const cases: Array<[what: string, set: object, started: string, ends: string | null]> = [
      ['so long after its start', { afterMinutes: 90 }, '2025-11-21T08:00:00Z', '2025-11-21T09:30:00Z'],
      ['today', { at: [{ days: week, time: '18:00' }] }, '2025-11-21T08:00:00Z', '2025-11-21T18:00:00Z'],
      ['started after it: the next one, over the weekend', { at: [{ days: week, time: '18:00' }] }, '2025-11-21T18:00:00Z', '2025-11-24T18:00:00Z'],
      ['once a week, started just after', { at: [{ days: ['fri'], time: '18:00' }] }, '2025-11-21T18:00:01Z', '2025-11-28T18:00:00Z'],
      ['the earliest of several', { afterMinutes: 600, at: [{ days: ['fri'], time: '23:30' }, { days: ['fri'], time: '17:45' }] }, '2025-11-21T08:00:00Z', '2025-11-21T17:45:00Z'],
      ['in its own zone, where it is tomorrow already', { at: [{ days: ['sat'], time: '00:30' }], zone: 'Asia/Shanghai' }, '2025-11-21T08:00:00Z', '2025-11-21T16:30:00Z'],
      ['the evening before clocks go back', { at: [{ days: ['sat'], time: '18:00' }], zone: 'Europe/Berlin' }, '2025-10-24T22:30:00Z', '2025-10-25T16:00:00Z'],
      ['the evening after clocks went back', { at: [{ days: ['sun'], time: '18:00' }], zone: 'Europe/Berlin' }, '2025-10-25T22:30:00Z', '2025-10-26T17:00:00Z'],
      ['an hour that comes twice: the first', { at: [{ days: ['sun'], time: '02:30' }], zone: 'Europe/Berlin' }, '2025-10-25T20:00:00Z', '2025-10-26T00:30:00Z'],
      ['an hour that never comes: after the jump', { at: [{ days: ['sun'], time: '02:30' }], zone: 'Europe/Berlin' }, '2025-03-29T20:00:00Z', '2025-03-30T01:30:00Z'],
    ];
    for (const [what, set, started, ends] of cases) {
      const next = nextStop({ autoStop: rules(set), startedAt: at(started), idleSince: null });
      assert.equal(next && new Date(next.at).toISOString(), ends && new Date(at(ends)).toISOString(), what);
    }
  });
  it('is told before, put off, told again, and not shut down untold also when nobody looked at its time', () => {
    const started = at('2025-11-21T08:00:00Z');
    const row = (set: Partial<Running> = {}): Running => ({ autoStop: rules({ afterMinutes: 60, warnMinutes: 10 }), startedAt: started, extendedUntil: null, autoStopAt: null, idleSince: null, ...set });
    const after = (minutes: number): number => started + minutes * MINUTE;
    const cases: Array<[what: string, row: Running, now: number, due: Due]> = [
      ['long before', row(), after(49), { what: 'wait' }],
      ['ten minutes before', row(), after(50), { what: 'warn', at: after(60), why: 'time' }],
      ['told, and not yet over', row({ autoStopAt: after(60) }), after(59), { what: 'wait' }],
      ['told, and over', row({ autoStopAt: after(60) }), after(60), { what: 'stop', at: after(60), why: 'time' }],
      ['put off', row({ extendedUntil: after(120) }), after(100), { what: 'wait' }],
      ['put off, and near again', row({ extendedUntil: after(120) }), after(110), { what: 'warn', at: after(120), why: 'time' }],
      ['nobody looked for an hour', row(), after(120), { what: 'warn', at: after(130), why: 'time' }],
      ['without warning', row({ autoStop: rules({ afterMinutes: 60, warnMinutes: 0 }) }), after(60), { what: 'warn', at: after(60), why: 'time' }],
    ];
    for (const [what, given, now, due] of cases) assert.deepEqual(decide(given, now), due, what);
  });
  it('ends when it has stood idle for so long since its start, is told before, and goes on when it is used again or nobody knows', () => {
    const started = at('2025-11-21T08:00:00Z');
    const after = (minutes: number): number => started + minutes * MINUTE;
    const row = (set: Partial<Running> = {}): Running => ({ autoStop: rules({ idleMinutes: 30, warnMinutes: 10 }), startedAt: started, extendedUntil: null, autoStopAt: null, idleSince: after(60), ...set });
    const both = rules({ idleMinutes: 30, afterMinutes: 120, warnMinutes: 10 });
    const cases: Array<[what: string, row: Running, now: number, due: Due]> = [
      ['used, or nobody knows', row({ idleSince: null }), after(600), { what: 'wait' }],
      ['not for long enough', row(), after(79), { what: 'wait' }],
      ['soon', row(), after(80), { what: 'warn', at: after(90), why: 'idle' }],
      ['counts from its start at the earliest', row({ idleSince: after(-60) }), after(19), { what: 'wait' }],
      ['told, and over', row({ autoStopAt: after(90) }), after(90), { what: 'stop', at: after(90), why: 'idle' }],
      ['told, and used again', row({ autoStopAt: after(90), idleSince: null }), after(89), { what: 'takeBack' }],
      ['told, its node fell silent, and its moment has come', row({ autoStopAt: after(90), idleSince: null }), after(95), { what: 'takeBack' }],
      ['told, used, and idle anew', row({ autoStopAt: after(90), idleSince: after(85) }), after(90), { what: 'takeBack' }],
      ['put off', row({ extendedUntil: after(150) }), after(139), { what: 'wait' }],
      ['put off, still idle, and near again', row({ extendedUntil: after(150) }), after(140), { what: 'warn', at: after(150), why: 'idle' }],
      ['idle before its time', row({ autoStop: both }), after(80), { what: 'warn', at: after(90), why: 'idle' }],
      ['used, but its time has come all the same', row({ autoStop: both, idleSince: null, autoStopAt: after(120) }), after(120), { what: 'stop', at: after(120), why: 'time' }],
    ];
    for (const [what, given, now, due] of cases) assert.deepEqual(decide(given, now), due, what);
    assert.deepEqual([[1000, 'active', 61_000], [1000, 'active', 61_001], [null, 'active', 1000], [1000, 'paused', 1000]].map(([idleSeenAt, vmState, now]) => idleNow({ vmState: String(vmState), idleSince: 500, idleSeenAt: idleSeenAt as number | null }, Number(now), 60_000)), [500, null, null, null], 'as far as its word is fresh');
  });
  it('is refused without a time, with a zone that does not exist, and with a time of day that is none', () => {
    for (const set of [{}, { at: [] }, { at: [{ days: [], time: '18:00' }] }, { at: [{ days: ['mon'], time: '24:00' }] }, { at: [{ days: ['mon'], time: '9:00' }] }, { at: [{ days: ['someday'], time: '09:00' }] }, { afterMinutes: 0 }, { afterMinutes: 1.5 }, { idleMinutes: 0 }, { idleMinutes: 10_081 }, { idleMinutes: 2.5 }, { idleMinutes: 30, idleCpuPercent: 0 }, { idleMinutes: 30, idleCpuPercent: 101 }, { idleCpuPercent: 5 }, { afterMinutes: 5, zone: 'Mars/Olympus' }, { afterMinutes: 5, warnMinutes: -1 }, { afterMinutes: 5, other: 1 }]) {
      assert.ok(!AutoStop.safeParse(set).success, JSON.stringify(set));
    }
  });
});
