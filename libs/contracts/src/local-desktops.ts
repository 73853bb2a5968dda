// Local desktops (lvd): defined at the CLC, offered to classroom PCs ("hosts") through their CC, run there by the people in front of them, also
// while nobody of the cloud can be reached. What is offered, the lease that allows it, what the host's own door answers, and what it reports.
import { z } from 'zod';
import { DaemonId, InstanceId } from './ids.ts';
import { ImageRef } from './images.ts';
import { Lifetime } from './instances.ts';
import { GuestHardware } from './os-types.ts';
import { PageQuery } from './rest.ts';
import { WireError } from './statuses.ts';
import { StopBody } from './image-create.ts';
import { TypeName } from './vm-types.ts';
import { Said } from './words/said.ts';

/** One definition as a host needs it to run it alone. */
export const LocalOffer = z.object({
  id: InstanceId, name: z.string(), description: z.string(), rev: z.number().int(),
  /** The version a new disk is made from. */
  image: ImageRef,
  /** Only this version will do; else an earlier one that is here already is run while the newer one is still coming. */
  pinned: z.boolean(),
  ostype: TypeName, hardware: GuestHardware, memoryMiB: z.number().int().positive(), cpus: z.number().int().positive(),
  /** Of the system disk; 0 = as large as the image. */
  diskBytes: z.number().int().nonnegative(),
  lifetime: Lifetime,
  /** Opens the file at the CC. */
  ticket: z.string(),
  /** A signed LeaseTicket: allows this host to run it. */
  lease: z.string(),
});
export type LocalOffer = z.infer<typeof LocalOffer>;

/** What a host is offered, as it keeps it on its disk. */
export const LocalOffers = z.object({
  hostId: DaemonId,
  /** Id of the request that it answers: an answer that was kept is known by it. */
  asked: z.string(),
  /** Epoch ms by the clock of the CLC. */
  at: z.number().int(),
  offers: z.array(LocalOffer).max(500),
  /** Of those the host has: definitions that were deleted. Their disks go. */
  ended: z.array(z.string()),
});
export type LocalOffers = z.infer<typeof LocalOffers>;

/** POST /clc/api/1.0/cluster/offers, by a CC for one of its hosts. */
export const AskOffers = z.strictObject({ hostId: DaemonId, asked: z.string().max(100), /** Ids of what it has a disk or a version of. */ have: z.array(InstanceId).max(1000) });
export type AskOffers = z.infer<typeof AskOffers>;
/** With where the CC gets the files. */
export const OffersForCluster = LocalOffers.extend({ sources: z.array(z.object({ imageId: z.string(), version: z.number().int(), url: z.string(), ticket: z.string() })) });
export type OffersForCluster = z.infer<typeof OffersForCluster>;

/** Body of the envelope with which a host asks its CC, sealed like every message of a node. POST /cc/api/1.0/offers */
export const PullOffers = z.object({
  have: AskOffers.shape.have,
  /** Versions that it is about to fetch: the CC gets them into its cache. */
  wanted: z.array(z.object({ imageId: z.string(), version: z.number().int() })).max(500),
});
export type PullOffers = z.infer<typeof PullOffers>;
/** `fresh`: the CLC said so just now; else it is what the CC kept. */
export const PulledOffers = LocalOffers.extend({ fresh: z.boolean() });
export type PulledOffers = z.infer<typeof PulledOffers>;

// ---- the host's own door, a unix socket: whoever may open the file may come in ----

export const LOCAL_STATES = ['off', 'starting', 'running', 'stopping'] as const;
export const LocalState = z.enum(LOCAL_STATES);
export type LocalState = z.infer<typeof LocalState>;

export const LocalDesktop = z.object({
  id: z.string(), name: z.string(), description: z.string(), lifetime: Lifetime,
  state: LocalState,
  /** 0–100 of the start under way. */
  progress: z.number().int().min(0).max(100),
  /** The version that is offered, and the newest one that is here; null = none yet. */
  version: z.number().int().nullable(), synced: z.number().int().nullable(),
  /** 0–100 while a version is coming. */
  syncing: z.number().int().nullable(),
  /** The version its present disk was made from; null = it has no disk. */
  madeFrom: z.number().int().nullable(),
  memoryMiB: z.number().int(), cpus: z.number().int(),
  user: z.string().nullable(), startedAt: z.number().int().nullable(),
  /** Until when it may be started without the cloud; null = it is not offered to this host any more. */
  leaseUntil: z.number().int().nullable(), leaseValid: z.boolean(),
  /** Unix socket of its screen (VNC), while it runs. */
  screen: z.string().nullable(),
  /** Why the last start or stop did not work. */
  error: WireError.nullable(), said: Said.nullable(),
});
export type LocalDesktop = z.infer<typeof LocalDesktop>;

export const LocalDesktops = z.object({
  hostId: z.string().nullable(), hostName: z.string(),
  /** Did the last request to the CC work, and when did one. */
  reachable: z.boolean(), heardAt: z.number().int().nullable(),
  /** Reports of use that the cloud has not taken yet. */
  unreported: z.number().int(),
  items: z.array(LocalDesktop),
});
export type LocalDesktops = z.infer<typeof LocalDesktops>;

export const RunLocal = z.strictObject({ /** Who asks, as they say it. */ user: z.string().max(64).nullable().default(null) });
export const StopLocal = StopBody;

// ---- what it reports ----

/** How a run ended. `lost`: it was gone when the host came back. */
export const LOCAL_ENDS = ['agent', 'acpi', 'forced', 'already-stopped', 'by-itself', 'crashed', 'lost'] as const;
export const LocalEnd = z.enum(LOCAL_ENDS);
export type LocalEnd = z.infer<typeof LocalEnd>;

/** One run on a host. Told again until it has been taken; the id makes it one row. */
export const LocalUse = z.object({
  id: z.string().min(8).max(40), insId: InstanceId, name: z.string().max(128), user: z.string().max(64).nullable(), version: z.number().int(),
  startedAt: z.number().int(), stoppedAt: z.number().int().nullable(), how: LocalEnd.nullable(),
});
export type LocalUse = z.infer<typeof LocalUse>;

/** Body of a `lvdreport`: everything that is on the host now, and the runs that have not been taken yet. */
export const LocalReport = z.object({
  desktops: z.array(z.object({ insId: InstanceId, state: LocalState, synced: z.number().int().nullable(), syncing: z.number().int().nullable(), madeFrom: z.number().int().nullable(), user: z.string().max(64).nullable(), startedAt: z.number().int().nullable() })).max(1000),
  uses: z.array(LocalUse).max(500),
});
export type LocalReport = z.infer<typeof LocalReport>;

// ---- as people see it in the cloud ----

/** On which hosts a local desktop is, in its detail. */
export const LocalHostView = z.object({
  hostId: z.string(), hostName: z.string(), hostState: z.string(), state: LocalState, synced: z.number().int().nullable(), syncing: z.number().int().nullable(), madeFrom: z.number().int().nullable(),
  user: z.string().nullable(), startedAt: z.number().int().nullable(), at: z.number().int(),
});
export type LocalHostView = z.infer<typeof LocalHostView>;

/** GET /clc/api/1.0/nodes/{id}/desktops: the other way round, what one host has. */
export const HostDesktopView = LocalHostView.omit({ hostId: true, hostName: true, hostState: true }).extend({ insId: z.string(), name: z.string() });
export type HostDesktopView = z.infer<typeof HostDesktopView>;

/** GET /clc/api/1.0/local/uses */
export const LocalUseQuery = PageQuery.extend({ instance: InstanceId.optional(), host: DaemonId.optional() });
export const LocalUseView = LocalUse.extend({ hostId: z.string(), hostName: z.string() });
export type LocalUseView = z.infer<typeof LocalUseView>;
