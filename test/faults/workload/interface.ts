// What a campaign starts and ends: the load of people, and those who only watch. Implemented by workload.ts and ../observers.
import type { History } from '../history.ts';
import type { Workplace } from '../rig/interface.ts';

export interface WorkloadOptions {
  rig: Workplace;
  history: History;
  /** The same seed makes the same people with the same intentions; what they get to do depends on what the cloud answers. */
  seed: number;
  /** Calls per second of all people together, at most. */
  callsPerSecond: number;
  /** How many people beside the administrator. */
  people: number;
}

export interface Workload {
  /** Calls sent so far, answered so far, lost so far; builds that were seen submitted. */
  counts(): { calls: number; answered: number; lost: number; accepted: number; submitted: number };
  /** Nobody begins anything new; what is under way is not waited for. Resolves when every call has returned or is lost. */
  stop(): Promise<void>;
}

export interface Observers {
  stop(): Promise<void>;
}
