// Shapes that all REST answers share.
import { z } from 'zod';
import { PlacementPolicy, Room } from './hosts.ts';
import { DaemonView } from './registration.ts';
import { Said } from './words/said.ts';

/** RFC 9457, with our stable code. */
export const Problem = z.object({
  type: z.string(), title: z.string(), status: z.number().int(), detail: z.string(), code: z.string(),
  retryable: z.boolean(), action: z.string(), instance: z.string().optional(),
  /** `detail` as code and parameters, for readers of any language. */
  why: Said.optional(),
  /** `action` likewise, where it is not that of the table of errors. */
  todo: Said.optional(),
  /** Names of the fields that are wrong, with why. */
  fields: z.array(z.object({ field: z.string(), message: z.string(), why: Said.optional() })).optional(),
  data: z.record(z.string(), z.unknown()).optional(),
});
export type Problem = z.infer<typeof Problem>;

export const PageQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(500).default(100), cursor: z.string().max(200).optional() });
export const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() });

/** GET /clc/api/1.0/status: what `edu status` and the top bar show. */
export const CloudStatus = z.object({
  version: z.string(), mode: z.enum(['all-in-one', 'distributed']), fake: z.boolean(),
  ready: z.boolean(), reasons: z.array(z.string()),
  /** The reasons as codes and parameters. */
  whys: z.array(Said).optional(),
  /** The cloud controller that answers; of several on one database one leads. `since` epoch ms; `leader` null = nobody leads just now. */
  controller: z.object({ id: z.string(), role: z.enum(['leader', 'follower']), epoch: z.number().int(), since: z.number().nullable(), leader: z.string().nullable() }),
  /** At most 200: those that are no nodes, then nodes that are not up, then other nodes. GET /nodes has all. */
  daemons: z.array(DaemonView),
  /** Of all nodes. */
  nodes: z.object({ all: z.number().int(), up: z.number().int() }).optional(),
  /** `stuck` counts everything that waits for help: tasks, the cleaning after a submit, the removal of a file. */
  tasks: z.object({ active: z.number().int(), stuck: z.number().int() }),
  images: z.number().int(),
  /** What daemons hold and nothing needs: `due` goes by itself, `kept` waits for an administrator. */
  orphans: z.object({ due: z.number().int(), kept: z.number().int() }),
});
export type CloudStatus = z.infer<typeof CloudStatus>;

/** /readyz of every daemon: 200 when ready, else 503. */
export const Readiness = z.object({ ready: z.boolean(), role: z.string(), id: z.string().nullable(), epoch: z.number().int().nullable(), version: z.string(), reasons: z.array(z.string()), checks: z.record(z.string(), z.object({ ok: z.boolean(), message: z.string(), why: Said.optional() })) });
export type Readiness = z.infer<typeof Readiness>;

/** POST /cc/api/1.0/rank (the CLC asks with a ticketless node identity of its own): which nodes could take it, best first. */
export const RankRequest = z.object({ cpus: z.number().int(), memoryMiB: z.number().int(), diskBytes: z.number().int(), node: z.string().nullable(), /** So many of the best are known already and were full. */ skip: z.number().int().nonnegative().default(0),
  policy: PlacementPolicy.default('spread'),
  /** What the ledger says of each node: memory and processors have to be left for it. Absent: only what nodes report counts. */
  rooms: z.array(Room).optional() });
export type RankRequest = z.input<typeof RankRequest>;
export const RankReply = z.object({
  /** The best that fit, best first, then some of those that do not, each with its reason. */
  candidates: z.array(z.object({ ncId: z.string(), name: z.string(), fits: z.boolean(), score: z.number(), reason: z.string(), why: Said.optional() })),
  /** Of all nodes, also those that are not listed. */
  fit: z.number().int().nonnegative().optional(),
  total: z.number().int().nonnegative().optional(),
});
export type RankReply = z.infer<typeof RankReply>;
