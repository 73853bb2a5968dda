// Every job of every command: which daemon does it, with what it is given and what it gives back. A plan of the CLC puts them in order; the daemon's
// handler is in apps/<role>/src/commands, under the path of the command.
import { z } from 'zod';
import { HostSnapshot } from './host-pull.ts';
import type { Role } from './ids.ts';
import { ImageRef, Sha256 } from './images.ts';
import { HeldItem, HeldKind } from './inventory.ts';
import { GuestNic } from './networks.ts';
import { GuestHardware, OS_HARDWARE } from './os-types.ts';
import { Startup } from './startup.ts';
import { TypeName } from './vm-types.ts';

/** Where to read a file: the CC's or Walrus's address of it, with the ticket that opens it. */
export const FileSource = z.object({ url: z.string(), ticket: z.string() });
/** Where to send a file: a tus endpoint, with the ticket that opens it. */
export const FileTarget = z.object({ uploadUrl: z.string(), ticket: z.string() });

/** A guest as its node makes it. @throws (parse) `hardware` is missing for an OS type that is not built in */
export const GuestSpec = z.object({
  insId: z.string(), title: z.string().max(200), tid: z.string(),
  ostype: TypeName,
  /** Messages of the first version bring none: then it is that of OS_HARDWARE. */
  hardware: GuestHardware.optional(),
  memoryMiB: z.number().int().positive(), cpus: z.number().int().positive(),
  /** Installation medium in the first CD drive, booted before the disk as long as the disk is empty. */
  media: ImageRef.nullable(),
  /** Absent: one card on QEMU's own network, reached from nowhere. */
  nics: z.array(GuestNic).max(4).optional(),
  /** Absent: from its disk, without a menu. */
  startup: z.object(Startup.shape).optional(),
  /** What it is told at its first start: a GuestSeed in a box that only its node opens. Absent: nothing. */
  seed: z.string().max(400_000).optional(),
}).refine((guest) => guest.hardware !== undefined || Object.hasOwn(OS_HARDWARE, guest.ostype), { path: ['hardware'], message: 'is missing' });
export type GuestSpec = z.infer<typeof GuestSpec>;

const Empty = z.object({});
const Access = z.object({ insId: z.string(), rev: z.number().int().nonnegative() });
const Orphan = z.object({ kind: HeldKind, name: HeldItem.shape.name, evenBooted: z.boolean() });
/** `kept`: why it was not removed; empty when it is gone. */
const Removed = z.object({ kept: z.string().default('') });

/** One job: who does it, under which wire command, with which parameters and result. `undo` takes the same parameters. */
export interface JobContract<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  role: Role;
  /** `noun/verb/phase`: the same path of files in every tier. */
  command: string;
  params: P;
  result: R;
}
const job = <P extends z.ZodType, R extends z.ZodType>(role: Role, command: string, params: P, result: R): JobContract<P, R> => ({ role, command, params, result });

export const JOBS = {
  /** Choose cluster and node, claim the disk there. */
  placeInstance: job('clc', 'image/create/prepare', z.object({ insId: z.string() }), z.object({ ccId: z.string(), ncId: z.string() })),
  /** Start (or find) the fill of the cluster's cache and pin the version for this instance. Done when the fill runs. */
  cacheImage: job('cc', 'image/create/prepare', z.object({ insId: z.string(), image: ImageRef, source: FileSource }), Empty),
  /** Copy the version from the CC to the node's cache, check its sha256, pin it for this instance. */
  fetchImage: job('nc', 'image/create/prepare', z.object({ insId: z.string(), image: ImageRef, source: FileSource }), Empty),
  /** Overlay on the cached version, or an empty disk of `blankBytes`. */
  cloneDisk: job('nc', 'image/create/prepare', z.object({ insId: z.string(), base: ImageRef.nullable(), blankBytes: z.number().int().positive().nullable(), /** Larger than the base; absent: as large. */ sizeBytes: z.number().int().positive().optional(), /** Undo removes it also after a first start: nobody has used it yet. */ removedEvenBooted: z.boolean().optional(), /** The base was not fetched for it: it is pinned here first. */ pins: z.boolean().optional() }), z.object({ virtualSizeBytes: z.number().int() })),

  claimCompute: job('clc', 'image/create/run', z.object({ insId: z.string() }), Empty),
  startDomain: job('nc', 'image/create/run', z.object({ guest: GuestSpec }), z.object({ startedAt: z.number().int() })),

  stopDomain: job('nc', 'image/create/stop', z.object({ insId: z.string(), graceMs: z.number().int().nonnegative(), force: z.boolean() }), z.object({ how: z.enum(['agent', 'acpi', 'forced', 'already-stopped']) })),
  releaseCompute: job('clc', 'image/create/stop', z.object({ insId: z.string() }), Empty),

  /** Standalone, compacted, uncompressed qcow2 beside the overlay; the overlay stays. */
  flattenDisk: job('nc', 'image/create/submit', z.object({ insId: z.string(), maxVirtualBytes: z.number().int() }), z.object({ sha256: Sha256, sizeBytes: z.number().int(), virtualSizeBytes: z.number().int() })),
  /** Make room on the CC for the flattened disk; undo removes what was staged. */
  stageUpload: job('cc', 'image/create/submit', z.object({ insId: z.string(), image: ImageRef }), Empty),
  /** Make room on Walrus; undo removes what arrived of the reserved version. */
  reserveUpload: job('walrus', 'image/create/submit', z.object({ insId: z.string(), image: ImageRef }), Empty),
  uploadToCluster: job('nc', 'image/create/submit', z.object({ insId: z.string(), image: ImageRef, target: FileTarget }), Empty),
  uploadToStore: job('cc', 'image/create/submit', z.object({ insId: z.string(), image: ImageRef, target: FileTarget }), Empty),
  /** The commit point: after it the new version exists and nothing is undone any more. */
  registerVersion: job('clc', 'image/create/submit', z.object({ insId: z.string() }), Empty),

  /** Everything of the instance on the node goes: jobs under way, domain, disk, flattened file, partial files, pins. */
  discardInstance: job('nc', 'image/create/discard', z.object({ insId: z.string(), /** All but the data disk. */ keepData: z.boolean().optional() }), Empty),
  /** The same on the CC: staged uploads, pins, fills nobody else waits for. */
  discardStaging: job('cc', 'image/create/discard', z.object({ insId: z.string(), imageId: z.string(), version: z.number().int() }), Empty),
  /** Walrus: partial or unregistered upload of the reserved version. */
  discardUpload: job('walrus', 'image/create/discard', z.object({ insId: z.string(), imageId: z.string(), version: z.number().int() }), Empty),
  releaseClaims: job('clc', 'image/create/discard', z.object({ insId: z.string() }), Empty),

  /** Room for the data disk on the node where the instance is. */
  claimDataDisk: job('clc', 'instance/run', z.object({ insId: z.string() }), Empty),
  /** An empty second disk, or a larger one with what is on it. `removable`: undo removes it, nobody has used it yet. */
  makeDataDisk: job('nc', 'instance/run', z.object({ insId: z.string(), sizeBytes: z.number().int().positive(), removable: z.boolean() }), Empty),

  /** Asked to power off within its grace, then forced, and started again: what was changed of it counts from here on. */
  rebootDomain: job('nc', 'instance/reboot', z.object({ guest: GuestSpec, graceMs: z.number().int().nonnegative(), force: z.boolean() }), z.object({ how: z.enum(['agent', 'acpi', 'forced', 'already-stopped']) })),
  /** The guest stays in memory and does nothing. Done already: fine. */
  pauseDomain: job('nc', 'instance/pause', z.object({ insId: z.string() }), Empty),
  /** It goes on. */
  unpauseDomain: job('nc', 'instance/unpause', z.object({ insId: z.string() }), Empty),

  /** What leads to the instance is true on the cluster controller: forwards, public address, DHCP entry. Done when the state of revision `rev` or a later one is applied; fails when something of this instance was refused. Undo: the state as it is then. */
  openAccess: job('cc', 'instance/run', Access, Empty),
  /** The state of revision `rev` or a later one is applied: what led to the instance is gone. */
  closeAccess: job('cc', 'instance/stop', Access, Empty),

  /** Room for a guest's memory on its node. */
  claimSaved: job('clc', 'instance/suspend', z.object({ insId: z.string() }), Empty),
  /** The guest's memory goes to disk, and it is off. Done already: fine. Undo: it goes on, or is `paused` as it was. */
  suspendDomain: job('nc', 'instance/suspend', z.object({ guest: GuestSpec, paused: z.boolean().optional() }), Empty),
  /** It goes on where it was. Undo: it is suspended again. */
  resumeDomain: job('nc', 'instance/resume', z.object({ guest: GuestSpec }), Empty),
  releaseSaved: job('clc', 'instance/resume', z.object({ insId: z.string() }), Empty),

  /** Every guest of ours is powered off hard: the node was declared switched off, so none of them may run. Before it is used again. */
  stopGuests: job('nc', 'node/fence', Empty, z.object({ stopped: z.number().int() })),

  /** The network card of a host that is switched off is called. */
  callHost: job('cc', 'host/wake', z.object({ hostId: z.string(), mac: z.string() }), Empty),
  /** The host is switched off, unless a guest runs there. `order`: obeyed once. */
  powerOff: job('nc', 'host/poweroff', z.object({ force: z.boolean(), order: z.string() }), Empty),
  /** The host says what it is and has, now. */
  pullFacts: job('nc', 'host/pull', Empty, HostSnapshot),

  /** What a node holds of an instance or image version that nothing needs. A disk that has booted stays, unless `evenBooted`: its instance has ended, or an administrator says so. */
  removeFromNode: job('nc', 'orphan/remove', Orphan, Removed),
  /** The same on a CC: pins, staged and partial files. */
  removeFromCluster: job('cc', 'orphan/remove', Orphan, Removed),
  /** The same at Walrus: a finished file, or an upload that nobody continues. */
  removeFromStore: job('walrus', 'orphan/remove', Orphan, Removed),

  /** Remove the file of a version. Ordered by the CLC alone. */
  deleteVersion: job('walrus', 'image/delete', z.object({ imageId: z.string(), version: z.number().int() }), Empty),
} as const;
export type JobName = keyof typeof JOBS;
export type JobParams<N extends JobName> = z.infer<(typeof JOBS)[N]['params']>;
export type JobResult<N extends JobName> = z.infer<(typeof JOBS)[N]['result']>;

/** Body of every command envelope. */
export const CommandBody = z.object({
  job: z.string().max(60),
  op: z.enum(['do', 'undo']),
  attempt: z.number().int().nonnegative(),
  /** Rises with each plan of one task; a daemon refuses what is lower than it has seen for this instance. */
  plan: z.number().int().nonnegative(),
  params: z.unknown(),
});
export type CommandBody = z.infer<typeof CommandBody>;
