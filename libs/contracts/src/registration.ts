// How daemons join and stay known: registration over HTTP, then heartbeats and inventories over the bus.
import { z } from 'zod';
import { DaemonId, Role } from './ids.ts';
import { HostDuty, HostProperties } from './hosts.ts';
import { Said } from './words/said.ts';

export const ClusterUsage = z.enum(['vs', 'rvd', 'lvd']);
export type ClusterUsage = z.infer<typeof ClusterUsage>;

export const Capacity = z.object({
  cpus: z.number().int().nonnegative(),
  memoryMiB: z.number().int().nonnegative(),
  /** Of the file system that holds images and disks. */
  diskBytes: z.number().int().nonnegative(),
  /** May still be written: free beyond the reserve, and what an image cache gives back at once. */
  freeDiskBytes: z.number().int().nonnegative(),
  /** NC: may be promised to instances in total, so with what their files have taken already. Default: freeDiskBytes. */
  claimableDiskBytes: z.number().int().nonnegative().optional(),
});
export type Capacity = z.infer<typeof Capacity>;

export const StoragePool = z.object({ name: z.string(), path: z.string(), totalBytes: z.number().int(), freeBytes: z.number().int(), healthy: z.boolean(), message: z.string().default('') });
export type StoragePool = z.infer<typeof StoragePool>;

/** What a daemon says of itself; also sent with each `nodestatus`. */
export const DaemonFacts = z.object({
  version: z.string().max(40),
  hostname: z.string().max(255),
  capacity: Capacity.nullable().default(null),
  /** NC only: what runs the guests, and how. `fake` is shown everywhere as such. */
  hypervisor: z.object({ kind: z.enum(['libvirt', 'fake']), version: z.string(), acceleration: z.enum(['kvm', 'tcg', 'none']), message: z.string().default(''), why: Said.optional() }).nullable().default(null),
  /** SC only. */
  pools: z.array(StoragePool).default([]),
  /** CC only. */
  usages: z.array(ClusterUsage).default([]),
  faults: z.array(z.string()).default([]),
  /** What of guests' networks it can bring about. NC: the bridges there are, and whether it can bind a card to its addresses. CC: `nft` whether it can forward. `message`: what is missing. */
  network: z.object({ bridges: z.array(z.string().max(15)).max(100), nft: z.boolean(), message: z.string().max(500), why: Said.optional(), /** NC: where ports of guests are forwarded; absent: at its url. */ accessIp: z.string().max(255).optional() }).optional(),
  /** NC: address of the host's network card, by which it can be woken up. */
  mac: z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/).optional(),
});
export type DaemonFacts = z.infer<typeof DaemonFacts>;

/** POST /clc/api/1.0/register/{walrus|sc|cc} and /clc/api/1.0/register/nc/{ccname}; POST /cc/api/1.0/register/nc */
export const RegisterRequest = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a daemon name has 1-63 lower-case letters, digits and dashes'),
  /** Base URL under which its boss reaches it, without path. */
  url: z.url({ protocol: /^https?$/ }).max(300),
  /** First time: the one-use join token and the secret it wants from then on (without one it is given one). Later: id + secret. */
  joinToken: z.string().max(200).optional(),
  id: DaemonId.optional(),
  secret: z.string().max(200).optional(),
  facts: DaemonFacts,
});
export type RegisterRequest = z.infer<typeof RegisterRequest>;

export const RegisterReply = z.object({
  id: DaemonId,
  /** Only in the answer to a join token. Keep with mode 0600. */
  secret: z.string().nullable(),
  /** One higher at each registration. */
  epoch: z.number().int().positive(),
  /** NC: its CC; CC: itself. */
  ccId: DaemonId.nullable(),
  /** PEM of the Ed25519 key that signs tickets. */
  ticketPublicKey: z.string(),
  heartbeatMs: z.number().int().positive(),
  inventoryMs: z.number().int().positive(),
  /** Epoch ms by the clock of the CLC: deadlines and tickets are measured by it. */
  now: z.number().int().optional(),
});
export type RegisterReply = z.infer<typeof RegisterReply>;

/** Body of a `heartbeat` on the beat queue. A CC sends one message for all beats of the last moment. */
export const Heartbeat = z.object({
  beats: z.array(z.object({
    id: z.string(), epoch: z.number().int(), seq: z.number().int(),
    load1: z.number().nonnegative(), memoryFreeMiB: z.number().int().nonnegative(), freeDiskBytes: z.number().int().nonnegative(),
    guests: z.number().int().nonnegative(),
  })).max(2000),
});
export type Heartbeat = z.infer<typeof Heartbeat>;

export const DaemonState = z.enum(['new', 'up', 'suspect', 'down']);
export type DaemonState = z.infer<typeof DaemonState>;

export const DaemonView = z.object({
  id: DaemonId, role: Role, name: z.string(), url: z.string(), state: DaemonState,
  /** Admin's word: may new work be placed there. */
  enabled: z.boolean(),
  duty: HostDuty.optional(),
  /** Is being drained, and nothing is there any more. */
  drained: z.boolean().optional(),
  properties: HostProperties.optional(),
  /** Switched off by an administrator's word, and not back clean yet: nothing is placed there. */
  fenced: z.boolean(),
  epoch: z.number().int(), ccId: z.string().nullable(), clusterName: z.string().nullable(),
  lastBeatAt: z.number().int().nullable(), registeredAt: z.number().int(),
  facts: DaemonFacts,
  claimed: z.object({ cpus: z.number(), memoryMiB: z.number(), diskBytes: z.number() }).nullable(),
  /** What may be promised in all: capacity, overcommitted. */
  limits: z.object({ cpus: z.number(), memoryMiB: z.number(), diskBytes: z.number() }).nullable().optional(),
  /** Of the last beat. */
  load: z.object({ load1: z.number(), memoryFreeMiB: z.number(), freeDiskBytes: z.number() }).nullable().optional(),
  guests: z.number().int().nullable(),
  /** A host of local desktops: the owner group that says which of them reach it, the card that wakes it up, and how often it beats when that is not as often as others. */
  ownerGroup: z.string().nullable().default(null), mac: z.string().nullable().default(null), heartbeatMs: z.number().int().nullable().default(null),
});
export type DaemonView = z.infer<typeof DaemonView>;

/** GET /cluster/nodes, for the CC of the node alone. */
export const ClusterNode = DaemonView.extend({
  /** Proves messages to and from the node. */
  messageKey: z.string(),
});
export type ClusterNode = z.infer<typeof ClusterNode>;


/** POST /nodes/{id}/poweroff */
export const PowerOffHost = z.strictObject({ /** Also while guests run there. */ force: z.boolean().default(false) });

/** POST /nodes/{id}/fence: the administrator's word that the node is off. Nothing checks it but the silence of the node. */
export const FenceNode = z.strictObject({ switchedOff: z.literal(true) });

export const CreateJoinToken = z.strictObject({ role: Role.exclude(['clc']), name: RegisterRequest.shape.name.optional(), ttlSeconds: z.number().int().min(60).max(86400).default(3600) });
export const JoinTokenView = z.object({ token: z.string(), role: Role, name: z.string().nullable(), expiresAt: z.number().int() });
export type JoinTokenView = z.infer<typeof JoinTokenView>;
