// What a daemon holds for the cloud, said by NC, CC and Walrus; the CLC compares it with what it knows. What nothing needs is an orphan.
import { z } from 'zod';
import { Said } from './words/said.ts';

export const HeldKind = z.enum([
  'instance', // NC: domain, folder and pins of an instance. CC: its pins
  'upload', // CC, Walrus: a file on its way up, partial or waiting to go on
  'version', // Walrus: a finished file
  'part', // CC, NC: a partial download that nobody pins and that is not running
]);
export type HeldKind = z.infer<typeof HeldKind>;

/** Only what carries our mark: names made from our ids in folders of ours, domains with our metadata. Nothing else is ever listed. */
export const HeldItem = z.object({
  kind: HeldKind,
  /** `ins-1a2b3c4d`, or `img-1a2b3c4d.v2` */
  name: z.string().regex(/^(ins-[0-9a-f]{8}|img-[0-9a-f]{8}\.v[1-9]\d{0,14})$/),
  sizeBytes: z.number().int().nonnegative().default(0),
  holds: z.array(z.enum(['domain', 'disk', 'pin'])).default([]),
  running: z.boolean().default(false),
  /** The disk is the user's. */
  booted: z.boolean().default(false),
});
export type HeldItem = z.infer<typeof HeldItem>;

export const INVENTORY_ITEMS = 1000;
/** One message of an inventory: everything there is whose key `kind/name` lies from `from` on and before `to`. Several messages together are all of it. */
export const Inventory = z.object({
  items: z.array(HeldItem).max(INVENTORY_ITEMS),
  /** Names under work: nothing is said about them. */
  busy: z.array(z.string()).default([]),
  from: z.string().default(''),
  to: z.string().nullable().default(null),
});
export type Inventory = z.infer<typeof Inventory>;

export const itemKey = (item: Pick<HeldItem, 'kind' | 'name'>): string => `${item.kind}/${item.name}`;

/** GET /clc/api/1.0/orphans */
export const OrphanView = z.object({
  daemonId: z.string(), daemonName: z.string(), role: z.string(), kind: HeldKind, name: z.string(),
  what: z.string(), sizeBytes: z.number().int(),
  /** Why nothing needs it. */
  why: z.string(),
  since: z.number().int(),
  /** `due`: goes by itself once the grace is over. `kept`: only an administrator removes it; `reason` says why. */
  removal: z.enum(['due', 'kept']),
  reason: z.string(),
  /** When it goes at the earliest. */
  dueAt: z.number().int().nullable(),
  /** The three texts as codes and parameters. */
  said: z.object({ what: Said, why: Said, reason: Said.optional() }).optional(),
});
export type OrphanView = z.infer<typeof OrphanView>;

/** POST /clc/api/1.0/orphans/remove: the administrator's word, also for what would be kept. */
export const RemoveOrphan = z.strictObject({ daemonId: z.string().max(40), kind: HeldKind, name: HeldItem.shape.name });
