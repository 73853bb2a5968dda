// Registers a daemon with its boss, for as long as that takes and again whenever it has to; then beats and reports what it is.
import { ENVELOPE_VERSION, RegisterReply, type DaemonFacts, type Envelope, type Heartbeat, type RegisterRequest, type Role } from '@educloud/contracts';
import { asCloudError, hasCode, toWire } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import { callTier } from '@educloud/rest';
import type { CloudTime } from './cloud-time.ts';
import { readIdentity, wishedSecret, writeIdentity, type Identity } from './identity.ts';

export type Vitals = Omit<Heartbeat['beats'][number], 'id' | 'epoch' | 'seq'>;
/** The answer of the present registration, with the secret that was once given. */
export type Member = Omit<RegisterReply, 'secret'> & { secret: string };

export interface MembershipOptions {
  role: Exclude<Role, 'clc'>;
  name: string;
  /** Base URL under which the boss reaches this daemon; known once it listens. */
  url(): string;
  /** e.g. `http://clc:8771/clc/api/1.0/register/walrus` */
  boss: { registerUrl: string };
  joinToken?: string | undefined;
  identityFile: string;
  facts(): Promise<DaemonFacts>;
  vitals(): Promise<Vitals>;
  log: Logger;
  now(): number;
  /** Set at each registration. */
  cloudTime: Pick<CloudTime, 'set'>;
  /** 0 ≤ x < 1 */
  random(): number;
  /** Runs before the daemon counts as registered; when it throws, registration is tried again. Also on every later registration. */
  onRegistered(member: Member): Promise<void>;
  /** Volatile publish of a `heartbeat`. */
  sendBeat(envelope: Envelope): void;
  /** Confirmed publish of a `nodestatus`. */
  sendStatus(envelope: Envelope): Promise<void>;
  /** Pause before the n-th attempt. Default `registrationPauseMs`. */
  pauseMs?(attempt: number): number;
}

export interface Membership {
  start(): void;
  /** Null until the first registration of this process has ended well. */
  current(): Member | null;
  registered(): Promise<Member>;
  /** Registers anew: the bus came back, a command was for another epoch, the boss does not know us. Asked twice, done once. */
  again(reason: string): void;
  /** Sends a nodestatus now. */
  factsChanged(): void;
  /** The same, for somebody who waits until it is on its way. @throws it cannot be sent */
  report(): Promise<void>;
  /** For /readyz. */
  state(): { ok: boolean; message: string };
  close(): Promise<void>;
}

/** What counts as a change at once. Free space moves all the time, see `roomMoved`. */
const essence = (facts: DaemonFacts): string =>
  JSON.stringify({ ...facts, capacity: facts.capacity && { ...facts.capacity, freeDiskBytes: 0, claimableDiskBytes: 0 }, pools: facts.pools.map((p) => ({ ...p, freeBytes: 0 })) });

/** Each room a daemon has: its file system's size, what is free of it. */
const rooms = ({ capacity, pools }: DaemonFacts): Array<{ total: number; free: number }> => [
  ...(capacity ? [{ total: capacity.diskBytes, free: capacity.freeDiskBytes }, { total: capacity.diskBytes, free: capacity.claimableDiskBytes ?? capacity.freeDiskBytes }] : []),
  ...pools.map((p) => ({ total: p.totalBytes, free: p.freeBytes })),
];

/** Room that came free is told soon, because somebody may be waiting for it; room that went is told by the GiB: beats say it too. */
function roomMoved(before: DaemonFacts, after: DaemonFacts): boolean {
  const then = rooms(before);
  return rooms(after).some(({ total, free }, i) => {
    const gained = free - (then[i]?.free ?? 0);
    return gained >= Math.max(64 * 1024 ** 2, total / 256) || gained <= -(1024 ** 3);
  });
}

/** Doubles to 3 s, with jitter: a boss that is back is noticed at once, and not by all in the same moment. */
export const registrationPauseMs = (attempt: number, random: number): number => Math.min(3_000, 250 * 2 ** Math.min(attempt, 6)) * (0.5 + random / 2);

export function createMembership(options: MembershipOptions): Membership {
  const { name, log, now, random } = options;
  const pauseMs = options.pauseMs ?? ((attempt: number) => registrationPauseMs(attempt, random()));
  const stopping = new AbortController();
  let member: Member | null = null;
  let valid = false;
  let message = 'not registered yet';
  let working: Promise<void> | null = null;
  let wanted = false;
  let seq = 0;
  let beatTimer: NodeJS.Timeout | null = null;
  let reported: { essence: string; facts: DaemonFacts | null; at: number } = { essence: '', facts: null, at: 0 };
  let firstDone: (m: Member) => void = () => undefined;
  const first = new Promise<Member>((resolve) => { firstDone = resolve; });

  const pause = (ms: number): Promise<void> => new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void { clearTimeout(timer); stopping.signal.removeEventListener('abort', done); resolve(); }
    stopping.signal.addEventListener('abort', done, { once: true });
  });

  async function registerOnce(): Promise<void> {
    const identity: Identity | null = await readIdentity(options.identityFile);
    const facts = await options.facts();
    const target = new URL(options.boss.registerUrl);
    const request: RegisterRequest = { name, url: options.url(), facts, ...(identity ? { id: identity.id, secret: identity.secret } : { joinToken: options.joinToken, secret: await wishedSecret(options.identityFile) }) };
    const reply = await callTier({ baseUrl: target.origin, path: target.pathname.replace(/\/{2,}/g, '/'), method: 'POST', body: request, schema: RegisterReply, timeoutMs: 20_000, signal: stopping.signal });
    if (reply.now !== undefined) options.cloudTime.set(reply.now);
    const secret = reply.secret ?? identity?.secret;
    if (!secret) throw new Error('the boss gave no secret');
    if (reply.secret) await writeIdentity(options.identityFile, { id: reply.id, secret: reply.secret });
    const fresh: Member = { ...reply, secret };
    if (fresh.epoch !== member?.epoch) seq = 0;
    member = fresh;
    await options.onRegistered(fresh);
    reported = { essence: essence(facts), facts, at: now() };
  }

  async function work(): Promise<void> {
    for (let attempt = 0; wanted && !stopping.signal.aborted;) {
      wanted = false;
      try {
        await registerOnce();
        valid = true;
        message = '';
        attempt = 0;
        log.info({ id: member?.id, epoch: member?.epoch }, 'registered');
        if (member) firstDone(member);
        schedule(0);
      } catch (e) {
        if (stopping.signal.aborted) return;
        wanted = true;
        attempt += 1;
        const error = asCloudError(e, 'registering');
        const text = hasCode(error, 'INTERNAL') && e instanceof Error ? e.message : error.message;
        if (message !== text || attempt === 1) log.warn({ error: toWire(error), attempt }, 'registration failed; trying again');
        message = `not registered: ${text}`;
        await pause(pauseMs(attempt));
      }
    }
  }

  function again(reason: string): void {
    if (stopping.signal.aborted) return;
    if (valid) log.info({ reason }, 'registering again');
    wanted = true;
    valid = false;
    message = `registering again: ${reason}`;
    working ??= work().finally(() => { working = null; if (wanted && !stopping.signal.aborted) again(reason); });
  }

  const envelope = (kind: string, body: unknown, m: Member): Envelope => {
    seq += 1;
    return { v: ENVELOPE_VERSION, id: `${m.id}:${m.epoch}:${kind}:${seq}`, name: kind, tid: null, jobId: null, target: null, source: { node: m.id, epoch: m.epoch }, generation: 0, seq, deadline: null, trail: [], body };
  };

  async function reportFacts(force: boolean): Promise<void> {
    if (!member || !valid) return;
    const facts = await options.facts();
    const is = essence(facts);
    const same = is === reported.essence && reported.facts !== null && !roomMoved(reported.facts, facts);
    if (!force && same && now() - reported.at < member.inventoryMs) return;
    await options.sendStatus(envelope('nodestatus', { facts }, member));
    reported = { essence: is, facts, at: now() };
  }

  async function beat(): Promise<void> {
    if (!member || !valid) return;
    const vitals = await options.vitals();
    const message = envelope('heartbeat', null, member);
    const body: Heartbeat = { beats: [{ id: member.id, epoch: member.epoch, seq: message.seq, ...vitals }] };
    options.sendBeat({ ...message, body });
    await reportFacts(false);
  }

  function schedule(inMs: number): void {
    if (beatTimer) clearTimeout(beatTimer);
    if (stopping.signal.aborted) return;
    beatTimer = setTimeout(() => {
      beat()
        .catch((e: unknown) => log.debug({ error: toWire(e) }, 'a beat or status did not go out'))
        .finally(() => { if (member) schedule(member.heartbeatMs * (0.9 + random() * 0.2)); });
    }, inMs);
    beatTimer.unref();
  }

  return {
    start: () => again('the daemon starts'),
    current: () => member,
    registered: () => first,
    again,
    factsChanged() { reportFacts(true).catch((e: unknown) => { reported.essence = ''; log.debug({ error: toWire(e) }, 'the status goes out with a later beat'); }); },
    report: () => reportFacts(true),
    state: () => ({ ok: valid, message }),
    async close() {
      stopping.abort();
      if (beatTimer) clearTimeout(beatTimer);
      await working;
      if (beatTimer) clearTimeout(beatTimer);
    },
  };
}
