// Whether this cloud controller leads: takes the lease when it is free, renews it, stops in time when it cannot. Knows nothing of what a leader
// does: it hands out terms. Made by main.ts; apps/clc/src/leader/work.ts is what begins and ends with a term.
//
// Two rules keep two leaders apart. By time: a leader stops by its own monotonic clock at 2/3 of the lease, counted from before it asked for it,
// so it has stopped before anybody else can take it. By fence: each taking raises the epoch, and every change a leader makes is refused once its
// epoch has been replaced (store/fence.ts). The second holds even where the first fails: a stopped process, a clock that stood still.
//
// A leader without a broker can take orders and send none. It gives the lease back, and leaves it alone, while another controller says that it has
// a broker; where nobody has one, whoever leads goes on leading.
import { asCloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import type { Lease, LeaseStore } from '../store/interface.ts';

export const LEASE_MS = 15_000;
const RENEW_MS = 5_000;
/** So long without a broker before the lease is given back to somebody who has one. Longer than anybody's word that he has. */
const UNABLE_MS = LEASE_MS;
/** A word is said again with every look. */
const STANDBY_MS = 12_000;
/** A broker that was lost or found this short a time ago changes nothing: all find it again at about the same time. */
const SETTLED_MS = RENEW_MS;
/** A failed renewal is tried again this soon: a database that restarts must not cost the lease. */
const AGAIN_MS = 1_000;

export interface Term {
  epoch: number;
  /** False from the moment on from which somebody else might lead. */
  valid(): boolean;
}

export interface LeadershipDeps {
  leases: LeaseStore;
  /** Kept over restarts of this controller. */
  instanceId: string;
  /** Milliseconds that no set clock moves. */
  monotonic(): number;
  /** Epoch ms, for what is shown. */
  now(): number;
  /** Runs it later; returns how to take that back. */
  later(ms: number, run: () => void): () => void;
  /** 0 ≤ x < 1 */
  random(): number;
  /** Whether this controller could do now what a leader is for: it reaches the broker. One with an alarm counts: nobody else would get further. */
  able(): boolean;
  log: Logger;
  begin(term: Term): Promise<void>;
  /** The term is over already: nothing of it is valid. Also after a `begin` that failed. */
  end(): Promise<void>;
  /** The lease was given back: others need not wait. */
  released(): void;
}

export interface LeadershipState { role: 'leader' | 'follower'; epoch: number; since: number | null; leader: string | null }

export interface Leadership {
  /** Resolves when it is known whether this one leads, and if so when its work has begun. */
  start(): Promise<void>;
  /** Look now: the lease may be free. */
  poke(): void;
  /** A write of this epoch was refused. */
  refused(epoch: number): void;
  state(): LeadershipState;
  /** Ends the term, if any, and gives the lease back. */
  close(): Promise<void>;
}

interface Leading extends Term { ended: boolean; validUntil: number; since: number; stopWatch: () => void; begun: Promise<void> }

export function createLeadership(deps: LeadershipDeps): Leadership {
  const { leases, instanceId, monotonic, log } = deps;
  let term: Leading | null = null;
  let seen: Lease = { holder: null, epoch: 0, since: 0, leftMs: 0, standby: null };
  let ability = { able: false, since: monotonic() };
  let ending: Promise<void> | null = null;
  let round: Promise<void> | null = null;
  let cancelNext: () => void = () => undefined;
  let first = true;
  let again = false;
  let closed = false;

  /** How long it has been so, as far as was looked. */
  const lasting = (able: boolean): number => {
    const now = deps.able();
    if (now !== ability.able) ability = { able: now, since: monotonic() };
    return now === able ? monotonic() - ability.since : 0;
  };
  const anotherCould = ({ standby }: Lease): boolean => standby !== null && standby !== instanceId;

  /** @returns how long until the next look */
  async function follow(): Promise<number> {
    // What was begun in the last term has to be over before the next.
    await ending;
    if (closed) return RENEW_MS;
    seen = await leases.lease();
    if (lasting(true) > SETTLED_MS) await leases.standBy(instanceId, STANDBY_MS);
    const own = first && seen.holder === instanceId;
    first = false;
    if (seen.leftMs > 0 && !own) return Math.min(RENEW_MS, seen.leftMs + 20 + deps.random() * 100);
    if (lasting(false) > SETTLED_MS && anotherCould(seen)) return AGAIN_MS;
    const askedAt = monotonic();
    // Only a process that has just started may take its own lease: its earlier self is dead, or the new epoch shuts it out.
    const epoch = await leases.takeLease(instanceId, LEASE_MS, own);
    if (epoch === null) return AGAIN_MS;
    lead(epoch, askedAt);
    return RENEW_MS;
  }

  function lead(epoch: number, askedAt: number): void {
    const mine: Leading = {
      epoch, ended: false, validUntil: askedAt + (LEASE_MS * 2) / 3, since: deps.now(), stopWatch: () => undefined, begun: Promise.resolve(),
      valid: () => !mine.ended && monotonic() < mine.validUntil,
    };
    term = mine;
    watch(mine);
    log.info({ epoch, instanceId }, 'this cloud controller leads now');
    mine.begun = deps.begin(mine).catch(async (e: unknown) => {
      log.error({ err: asCloudError(e, 'beginning to lead'), epoch }, 'what a leader does could not begin');
      await giveUp(mine, 'its work could not begin');
    });
  }

  function watch(mine: Leading): void {
    mine.stopWatch();
    mine.stopWatch = deps.later(Math.max(0, mine.validUntil - monotonic()), () => {
      if (mine.ended) return;
      if (monotonic() < mine.validUntil) return watch(mine);
      stop(mine, 'the lease could not be renewed in time');
    });
  }

  async function renew(mine: Leading): Promise<number> {
    const askedAt = monotonic();
    const still = await leases.renewLease(mine.epoch, LEASE_MS);
    if (mine.ended) return AGAIN_MS;
    if (!still) {
      stop(mine, 'another cloud controller leads');
      return AGAIN_MS;
    }
    // An answer that comes after the end does not bring it back: work may have been refused meanwhile.
    if (!mine.valid()) {
      stop(mine, 'the lease could not be renewed in time');
      return AGAIN_MS;
    }
    mine.validUntil = askedAt + (LEASE_MS * 2) / 3;
    watch(mine);
    if (lasting(false) > UNABLE_MS && anotherCould(await leases.lease())) {
      await giveUp(mine, 'it has no broker, and another one has');
      return AGAIN_MS;
    }
    return RENEW_MS;
  }

  /** Ends the term at once; the work ends behind it. */
  function stop(mine: Leading, why: string): void {
    if (mine.ended) return;
    mine.ended = true;
    mine.stopWatch();
    if (term === mine) term = null;
    log.warn({ epoch: mine.epoch, why }, 'this cloud controller does not lead any more');
    const before = ending;
    const end = (async () => {
      await before;
      await deps.end().catch((e: unknown) => log.error({ err: e }, 'what a leader does did not end well'));
    })().finally(() => { if (ending === end) ending = null; });
    ending = end;
  }

  async function giveUp(mine: Leading, why: string): Promise<void> {
    stop(mine, why);
    await ending;
    await leases.releaseLease(mine.epoch).then(deps.released, (e: unknown) => log.warn({ err: asCloudError(e) }, 'the lease could not be given back; it ends by itself'));
  }

  /** One look at a time. Those that hang (a database that does not answer) end by the database's own limits; the term ends without them. */
  function look(): Promise<void> {
    cancelNext();
    again = round !== null;
    round ??= (async () => {
      let nextMs = AGAIN_MS;
      try {
        nextMs = await (term ? renew(term) : follow());
      } catch (e) {
        log.warn({ err: asCloudError(e, 'asking who leads') }, 'it could not be asked who leads; it is tried again');
      }
      round = null;
      if (closed) return;
      if (again && !term) void look();
      else cancelNext = deps.later(nextMs, () => void look());
    })();
    return round;
  }

  return {
    async start() {
      await look();
      await term?.begun;
    },
    poke() {
      if (!term && !closed) void look();
    },
    refused(epoch) {
      if (term?.epoch === epoch) stop(term, 'a change was refused');
    },
    state: () => (term
      ? { role: 'leader', epoch: term.epoch, since: term.since, leader: instanceId }
      : { role: 'follower', epoch: seen.epoch, since: seen.holder === null ? null : seen.since, leader: seen.leftMs > 0 ? seen.holder : null }),
    async close() {
      closed = true;
      cancelNext();
      await round;
      const mine = term;
      if (mine) {
        await mine.begun;
        await giveUp(mine, 'it is stopping');
      }
      await ending;
    },
  };
}
