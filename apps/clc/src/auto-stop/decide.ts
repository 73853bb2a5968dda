// When does an instance shut down by itself, and what is to be done about it now? Pure; asked by auto-stop/work and commands/instance/extend.
import { say, WEEKDAYS, type AutoStop, type Said } from '@educloud/contracts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export interface Running {
  autoStop: AutoStop;
  startedAt: number;
  /** Put off by its owner until then. */
  extendedUntil: number | null;
  /** Told already: then. */
  autoStopAt: number | null;
  /** Its node has said since then without a break that it stands idle; null: it does not, or nobody knows. */
  idleSince: number | null;
}
export type WhyStop = 'time' | 'timetable' | 'idle';
const WHY = { time: 'autoStopByTime', timetable: 'autoStopByTable', idle: 'autoStopByIdle' } as const;
/** In words. */
export const sayWhy = (why: WhyStop): Said => say(WHY[why]);
/** `takeBack`: it was told, and the reason has gone. */
export type Due = { what: 'wait' | 'takeBack' } | { what: 'warn' | 'stop'; at: number; why: WhyStop };

/** Since when an instance stands idle, as far as its node's word is fresh: a silent node says nothing. */
export const idleNow = (row: { vmState: string; idleSince: number | null; idleSeenAt: number | null }, now: number, silentMs: number): number | null =>
  row.vmState === 'active' && row.idleSeenAt !== null && now - row.idleSeenAt <= silentMs ? row.idleSince : null;

/** What it would be without anybody's putting it off, and why. A moment that was missed is the past. */
export function nextStop({ autoStop, startedAt, idleSince }: Pick<Running, 'autoStop' | 'startedAt' | 'idleSince'>): { at: number; why: WhyStop } | null {
  const byTime = autoStop.afterMinutes === null ? Infinity : startedAt + autoStop.afterMinutes * MINUTE;
  const byTable = Math.min(Infinity, ...autoStop.at.map((entry) => firstAfter(startedAt, entry, autoStop.zone)));
  const byIdle = !autoStop.idleMinutes || idleSince === null ? Infinity : Math.max(idleSince, startedAt) + autoStop.idleMinutes * MINUTE;
  const at = Math.min(byTime, byTable, byIdle);
  return Number.isFinite(at) ? { at, why: byTime === at ? 'time' : byTable === at ? 'timetable' : 'idle' } : null;
}

/** Nobody is shut down who was not told before, also when nobody looked for a while. */
export function decide(row: Running, now: number): Due {
  const next = nextStop(row);
  const at = next && Math.max(next.at, row.extendedUntil ?? 0);
  // A time and a timetable stay what they were when it was told; only one that stands idle may be used again.
  if (row.autoStopAt !== null && (at === null || at > row.autoStopAt)) return { what: 'takeBack' };
  if (!next || at === null) return { what: 'wait' };
  const { why } = next;
  if (row.autoStopAt !== null) return now >= row.autoStopAt ? { what: 'stop', at: row.autoStopAt, why } : { what: 'wait' };
  const warnMs = row.autoStop.warnMinutes * MINUTE;
  return now >= at - warnMs ? { what: 'warn', at: Math.max(at, now + warnMs), why } : { what: 'wait' };
}

/** The clock of that zone at that moment, as if it were UTC. */
function wallClock(zone: string, at: number): number {
  const parts = Object.fromEntries(new Intl.DateTimeFormat('en', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' }).formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(parts['year'] ?? 0, (parts['month'] ?? 1) - 1, parts['day'], parts['hour'], parts['minute'], parts['second']);
}

/** When a clock of that zone shows this. Shown twice (clocks go back): the first; never (they go forward): so long after the jump as it is behind it. */
function momentOf(zone: string, wall: number): number {
  const before = wall - (wallClock(zone, wall - DAY) - (wall - DAY));
  const after = wall - (wallClock(zone, wall + DAY) - (wall + DAY));
  return [before, after].filter((at) => wallClock(zone, at) === wall).sort((a, b) => a - b)[0] ?? before;
}

function firstAfter(after: number, { days, time }: AutoStop['at'][number], zone: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const today = Math.floor(wallClock(zone, after) / DAY) * DAY;
  // A week later at the latest, and a day more for what today has behind it.
  for (let day = today; day <= today + 8 * DAY; day += DAY) {
    const weekday = WEEKDAYS[(new Date(day).getUTCDay() + 6) % 7];
    const at = momentOf(zone, day + (hour * 60 + minute) * MINUTE);
    if (weekday && days.includes(weekday) && at > after) return at;
  }
  return Infinity;
}
