// The catalogue of everything the cloud says in sentences, in both languages. A code is never given another meaning.
// `{name}` is a parameter; `{name|bytes}` and `{name|time}` are written for people, `{name|state}` and the like by the table of names (names.ts).
import { FORWARDING_SAYINGS } from './forwarding-sayings.ts';
import { INSTANCE_SAYINGS } from './instance-sayings.ts';
import { LOCAL_SAYINGS } from './local-sayings.ts';
import { NETWORK_SAYINGS } from './network-sayings.ts';
import { ORPHAN_SAYINGS } from './orphan-sayings.ts';
import { REASONS } from './reasons.ts';
import { REFUSALS } from './refusals.ts';
import { SHIPPED_TYPES } from './shipped-types.ts';
import { TASK_SAYINGS } from './task-sayings.ts';
import { TROUBLE } from './trouble.ts';

export interface Saying { en: string; zh: string }

export const SAYINGS = {
  /** A plain text, of an earlier version or from outside: shown as it came. */
  text: { en: '{text}', zh: '{text}' },
  ...TASK_SAYINGS,
  ...INSTANCE_SAYINGS,
  ...LOCAL_SAYINGS,
  ...REASONS,
  ...REFUSALS,
  ...TROUBLE,
  ...ORPHAN_SAYINGS,
  ...FORWARDING_SAYINGS,
  ...NETWORK_SAYINGS,
  ...SHIPPED_TYPES,
} as const satisfies Record<string, Saying>;

export type SayingCode = keyof typeof SAYINGS;
