// What is random in the model of the engine: plans, steps of the world around it, and how that world is healed. `fc` prints and shrinks them.
import type { JobName } from '@educloud/contracts';
import fc from 'fast-check';

export type Outcome = 'ok' | 'retryable' | 'permanent' | 'unknown';
/** What a plan is made of. */
export interface JobPick { kind: 'remote' | 'apply' | 'perform'; undo: boolean; skip: boolean; attempts: number; backFrom: number | null; deadlineMs: number; own: Outcome[] }
export interface PlanPick { jobs: JobPick[]; commitAt: number | null }

/** The i-th job of a plan is called so, and a remote one is done by the daemon of its turn. */
export const NAMES: readonly JobName[] = ['cacheImage', 'fetchImage', 'stageUpload', 'reserveUpload', 'uploadToCluster', 'uploadToStore'];
export const DAEMONS = ['cc-1', 'nc-1'] as const;
export const SUBJECTS = ['img-00000001:img-00000002:ins-00000001', 'img-00000001:img-00000002:ins-00000002'] as const;

/** What an own job makes: short, because a database keeps it in the name of a claim. */
export const thingOf = (job: JobName, subject: string): string => `${NAMES.indexOf(job)}${SUBJECTS.indexOf(subject as (typeof SUBJECTS)[number])}`;

const outcome = fc.constantFrom<Outcome>('ok', 'ok', 'ok', 'retryable', 'permanent', 'unknown');
const jobPick: fc.Arbitrary<JobPick> = fc.record({
  kind: fc.constantFrom('remote', 'remote', 'apply', 'perform'), undo: fc.boolean(), skip: fc.integer({ min: 0, max: 7 }).map((n) => n === 7), attempts: fc.integer({ min: 1, max: 3 }),
  backFrom: fc.option(fc.nat(5)), deadlineMs: fc.constantFrom(500, 5000, 60_000), own: fc.array(outcome, { maxLength: 4 }),
});
export const planPick: fc.Arbitrary<PlanPick> = fc.record({ jobs: fc.array(jobPick, { minLength: 1, maxLength: 5 }), commitAt: fc.option(fc.nat(4)) });

export type Step =
  | { do: 'start' | 'cancel' | 'resume-stuck'; subject: number }
  /** A command reaches its daemon, which does it, fails, or never answers. Any of those under way: the order of arrival is not promised. */
  | { do: 'deliver'; which: number; outcome: Outcome; effectBeforeFailure: boolean }
  /** A status reaches an engine; it may come again later. */
  | { do: 'answer'; which: number; again: boolean; engine: number }
  | { do: 'pass'; ms: number; engine: number }
  /** A daemon comes back in a new registration; of that the engine may not hear. */
  | { do: 'register'; daemon: number; told: boolean }
  /** Confirms do not come while the bus is down. */
  | { do: 'bus'; up: boolean }
  /** So many commands and answers in order, and all goes well: to get anywhere. */
  | { do: 'go'; count: number }
  /** The newest engine dies at its n-th transaction or publish from now. */
  | { do: 'crash'; steps: number; when: 'before' | 'after' }
  /** A newer engine takes over while the old one goes on. */
  | { do: 'replace' };

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('start' as const), subject: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('cancel' as const, 'resume-stuck' as const), subject: fc.nat(1) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('deliver' as const), which: fc.nat(9), outcome, effectBeforeFailure: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('answer' as const), which: fc.nat(9), again: fc.boolean(), engine: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 1000, 5000, 61_000, 121_000), engine: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('register' as const), daemon: fc.nat(1), told: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('bus' as const), up: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('go' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), steps: fc.nat(6), when: fc.constantFrom('before' as const, 'after' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace' as const) }) },
);

/** How the world is healed: what was lost is asked for again on any of these ways. */
export type Healing = 'restart' | 'register' | 'as it is';
export const healing = fc.constantFrom<Healing>('restart', 'register', 'as it is');
