// Who is alive: beats in memory by arrival time, suspect after 3 missed and down after 6, back up on a beat. Changes of state go to the database.
// Fed by status/heartbeat.ts and commands/node-register.ts; watches while this controller leads (leader/work.ts); asked through leader/beat-board.ts.
import { say, type DaemonState, type Heartbeat, type NodeEvent, type Said } from '@educloud/contracts';
import { asCloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import type { DaemonRow, Store } from './store/interface.ts';

export type Beat = Heartbeat['beats'][number];

export interface LivenessDeps {
  store: LivenessStore;
  /** Monotonic milliseconds: a set clock makes nobody die. */
  monotonic(): number;
  /** Epoch ms, for what is shown. */
  now(): number;
  heartbeatMs: number;
  /** False while our own broker connection is gone: silence means nothing then. */
  hearing(): boolean;
  log: Logger;
}

type LivenessStore = Pick<Store, 'transaction' | 'read'>;

export interface Live { lastBeatAt: number | null; beat: Beat | null }

export interface Liveness {
  /** Loads all daemons; each has its full time from now on. Then watches by itself, and writes through `through`. May begin again after `close`. */
  start(through?: LivenessStore): Promise<void>;
  /** @param from the daemon that sent the message: itself, or the CC of the node */
  beats(beats: Beat[], from: string): void;
  registered(row: DaemonRow): void;
  /** Somebody else let it register: reads what is true now. */
  learn(id: string): Promise<void>;
  /** Everybody a beat was heard of. */
  heard(): Array<{ id: string; lastBeatAt: number; guests: number | null }>;
  live(id: string): Live | null;
  /** Many silent at once are more likely our own trouble: it is shown, and nothing acts on it. Also true for the first moments after start. */
  suspended(): { suspended: boolean; why: Said };
  /** One round; also runs by itself. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

const SUSPECT_BEATS = 3;
const DOWN_BEATS = 6;
const MASS_MIN_NODES = 4;
const MASS_SHARE = 0.55;
const SAVE_EVERY_MS = 60_000;

interface Watched { /** Its own, or that of the cloud. */ beatMs: number; /** Switched off and on as people come and go: its silence says nothing about ours. */ host: boolean; id: string; role: DaemonRow['role']; name: string; ccId: string | null; epoch: number; state: DaemonState; heardAt: number; lastBeatAt: number | null; saved: boolean; beat: Beat | null }

/** What silence of this length makes of a daemon. */
export function stateAfter(silentMs: number, heartbeatMs: number): DaemonState {
  if (silentMs >= DOWN_BEATS * heartbeatMs) return 'down';
  return silentMs >= SUSPECT_BEATS * heartbeatMs ? 'suspect' : 'up';
}

export function createLiveness(deps: LivenessDeps): Liveness {
  const { monotonic, now, heartbeatMs, log } = deps;
  let store = deps.store;
  const watched = new Map<string, Watched>();
  const sweepMs = Math.max(50, heartbeatMs / 2);
  let startedAt = monotonic();
  let sweptAt = startedAt;
  let savedAt = startedAt;
  let timer: NodeJS.Timeout | null = null;
  let round: Promise<void> | null = null;
  const learning = new Set<string>();

  function watch(row: DaemonRow, heardAt: number): void {
    const old = watched.get(row.id);
    watched.set(row.id, { beatMs: row.heartbeatMs ?? heartbeatMs, host: row.heartbeatMs !== null, id: row.id, role: row.role, name: row.name, ccId: row.ccId, epoch: row.epoch, state: row.state, heardAt, lastBeatAt: old?.lastBeatAt ?? row.lastBeatAt, saved: true, beat: old?.epoch === row.epoch ? old.beat : null });
  }

  async function change(w: Watched, to: DaemonState): Promise<void> {
    const from = w.state;
    const event: NodeEvent = { id: w.id, role: w.role, name: w.name, state: to, at: now() };
    const done = await store.transaction(async (tx) => {
      if (!(await tx.daemons.setState(w.id, w.epoch, [from], to))) return false;
      await tx.events.append('node', w.id, event);
      return true;
    });
    if (done) {
      w.state = to;
      log[to === 'up' ? 'info' : 'warn']({ node: w.id, name: w.name, from, to }, `${w.name} is ${to}`);
      return;
    }
    const row = await store.read.daemons.daemon(w.id); // somebody else changed it, or it registered anew: take theirs, judge again next round
    const present = watched.get(w.id);
    if (!row) watched.delete(w.id);
    else if (present?.epoch === row.epoch) present.state = row.state;
    else if (!present || present.epoch < row.epoch) watch(row, monotonic());
  }

  async function learn(id: string): Promise<void> {
    if (learning.has(id)) return;
    learning.add(id);
    try {
      const row = await store.read.daemons.daemon(id);
      const known = watched.get(id);
      if (row && row.role !== 'clc' && (!known || row.epoch > known.epoch)) watch(row, monotonic());
    } catch (e) {
      log.warn({ err: asCloudError(e), node: id }, 'a registration could not be read; it is tried again');
    } finally {
      learning.delete(id);
    }
  }

  /** Hints get lost: whoever registered at another controller, and never sent a beat, is found here. */
  async function learnAll(): Promise<void> {
    for (const { id, epoch } of await store.read.daemons.epochs()) if (epoch > (watched.get(id)?.epoch ?? -1)) await learn(id);
  }

  async function save(): Promise<void> {
    const fresh = [...watched.values()].filter((w) => !w.saved && w.lastBeatAt !== null);
    if (fresh.length === 0) return;
    await store.transaction((tx) => tx.daemons.setLastBeats(fresh.map((w) => ({ id: w.id, at: w.lastBeatAt as number }))));
    for (const w of fresh) w.saved = true;
  }

  async function sweepOnce(): Promise<void> {
    const at = monotonic();
    const late = at - sweptAt - sweepMs;
    // We slept, or heard nothing through our own fault: that time is nobody's silence.
    const deafMs = !deps.hearing() ? at - sweptAt : late > heartbeatMs ? late : 0;
    sweptAt = at;
    for (const w of watched.values()) {
      w.heardAt = Math.min(at, w.heardAt + deafMs);
      const to = stateAfter(at - w.heardAt, w.beatMs);
      if (w.state === to || w.state === 'new') continue;
      // After our own start a daemon that was down stays so until it is heard; it does not come up by grace.
      if (to === 'up' && (w.lastBeatAt === null || w.beat === null)) continue;
      if (w.state === 'down' && to === 'suspect') continue;
      await change(w, to);
    }
    if (at - savedAt >= SAVE_EVERY_MS) {
      savedAt = at;
      await save();
      await learnAll();
    }
  }

  function sweep(): Promise<void> {
    round ??= sweepOnce()
      .catch((e: unknown) => log.warn({ err: asCloudError(e, 'watching the daemons') }, 'liveness could not be written; it is tried again'))
      .finally(() => { round = null; });
    return round;
  }

  return {
    async start(through = deps.store) {
      store = through;
      watched.clear();
      startedAt = sweptAt = savedAt = monotonic();
      for (const row of await store.read.daemons.daemons()) if (row.role !== 'clc') watch(row, startedAt);
      timer = setInterval(() => void sweep(), sweepMs);
      timer.unref();
    },
    beats(beats, from) {
      for (const beat of beats) {
        const w = watched.get(beat.id);
        // It registered at another controller.
        if (timer && (!w || beat.epoch > w.epoch)) void learn(beat.id);
        // An earlier registration of the same daemon, or somebody who speaks for a node that is not his.
        if (!w || beat.epoch !== w.epoch) continue;
        if (beat.id !== from && w.ccId !== from && w.role !== 'sc') continue;
        if (w.beat && beat.seq <= w.beat.seq) continue;
        w.heardAt = monotonic();
        w.lastBeatAt = now();
        w.saved = false;
        w.beat = beat;
      }
    },
    registered: (row) => watch(row, monotonic()),
    learn,
    heard: () => [...watched.values()].flatMap((w) => (w.lastBeatAt === null ? [] : [{ id: w.id, lastBeatAt: w.lastBeatAt, guests: w.beat?.guests ?? null }])),
    live(id) {
      const w = watched.get(id);
      return w ? { lastBeatAt: w.lastBeatAt, beat: w.beat } : null;
    },
    suspended() {
      const ageMs = monotonic() - startedAt;
      if (ageMs < DOWN_BEATS * heartbeatMs) return { suspended: true, why: say('justStarted') };
      const nodes = [...watched.values()].filter((w) => w.role === 'nc' && !w.host && w.state !== 'new');
      const silent = nodes.filter((w) => w.state !== 'up' || stateAfter(monotonic() - w.heardAt, w.beatMs) !== 'up').length;
      if (nodes.length >= MASS_MIN_NODES && silent / nodes.length >= MASS_SHARE) return { suspended: true, why: say('massSilence', { silent, all: nodes.length }) };
      return { suspended: false, why: say('text', { text: '' }) };
    },
    sweep,
    async close() {
      if (timer) clearInterval(timer);
      timer = null;
      await round;
      await save().catch((e: unknown) => log.warn({ err: asCloudError(e) }, 'the last beats could not be saved'));
    },
  };
}
