// An invariant is a pure function over the evidence. Its id is that of docs/reliability.md.
import type { Evidence } from '../evidence/interface.ts';

export interface Violation {
  /** e.g. `I1` */
  invariant: string;
  /** One sentence that names the object: the person who reads it goes there first. */
  says: string;
}

export interface Invariant {
  id: string;
  promises: string;
  check(evidence: Evidence): string[];
}
