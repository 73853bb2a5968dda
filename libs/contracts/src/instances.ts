// Instances: what a person defines, how it is shown, and the events about it.
import { z } from 'zod';
import { ImageName } from './images.ts';
import { UserName } from './accounts.ts';
import { AutoStop } from './auto-stop.ts';
import { ACCESS_MODES } from './class-of-instances.ts';
import { CloudInit, CloudInitView } from './cloud-init.ts';
import { DaemonId, ImageId } from './ids.ts';
import { GuestLoad } from './guest-load.ts';
import { PlacementPolicy } from './hosts.ts';
import { INSTANCE_STATUSES, InstanceAction, InstanceTask, InstanceStatusWord, VmState } from './instance-states.ts';
import { Ipv4, Mac, NetworkMode, Service } from './networks.ts';
import { OwnerGroup } from './owner-groups.ts';
import { Startup } from './startup.ts';
import { PageQuery } from './rest.ts';
import { WireError } from './statuses.ts';
import { Kept, Placement, PlanView } from './tasks.ts';
import { Cpus, DiskGiB, MemoryMiB, TypeName } from './vm-types.ts';
import { Said } from './words/said.ts';

/** vs: a virtual server; rvd: a desktop that runs in the cloud and is seen from afar; lvd: a desktop that runs on the PC in front of its user. */
export const InstanceKind = z.enum(['vs', 'rvd', 'lvd']);
export type InstanceKind = z.infer<typeof InstanceKind>;

/** What becomes of the disk. temporary: thrown away when the instance stops; assigned: made anew from the image at each run; persistent: kept until it is reset or deleted. */
export const Lifetime = z.enum(['temporary', 'assigned', 'persistent']);
export type Lifetime = z.infer<typeof Lifetime>;

/** A network card as somebody defines it. auto: on the bridge for a server where its cluster has one, else behind its node. An address that is not given comes from the pools. */
export const NicAsked = z.strictObject({ mode: z.enum(['auto', 'nat', 'bridge']).default('auto'), mac: Mac.optional(), ip: Ipv4.optional() });
export type NicAsked = z.output<typeof NicAsked>;
const Nics = z.array(NicAsked).min(1).max(4);
const Services = z.array(Service).max(8);

/** What a guest usually offers, when nobody says something else. */
export function usualServices(kind: InstanceKind, ostype: string): Service[] {
  // A desktop at its own classroom's machine is seen there.
  if (kind === 'lvd') return [];
  if (ostype.startsWith('windows')) return [{ name: 'rdp', port: 3389, protocol: 'tcp' }];
  return kind === 'vs' ? [{ name: 'ssh', port: 22, protocol: 'tcp' }] : [];
}

/** `latest`: the newest finished version at the moment the disk is made. */
const VersionPolicy = z.union([z.literal('latest'), z.number().int().positive()]);

export const AccessMode = z.enum(ACCESS_MODES);
export type AccessMode = z.infer<typeof AccessMode>;

const Fields = {
  name: ImageName,
  description: z.string().max(2000),
  imageVersion: VersionPolicy,
  lifetime: Lifetime,
  memoryMiB: MemoryMiB,
  cpus: Cpus,
  /** Of the system disk, when it is made; 0 = as large as the image. */
  diskGiB: DiskGiB,
  /** Of a second disk, empty when it is made and kept when the system disk is thrown away; 0 = none. */
  dataDiskGiB: DiskGiB,
  /** Pin to one node or cluster, by id or name; null = anywhere. */
  node: z.string().min(1).max(63).nullable(),
  cluster: z.string().min(1).max(63).nullable(),
  /** Kind lvd: offered to the hosts of this group and below it; null = to every host. Others: placed on hosts of this group and below it, or of none. */
  ownerGroup: OwnerGroup.nullable(),
  accessMode: AccessMode,
  /** Null: from its disk, without a menu. */
  startup: Startup.nullable(),
  /** Whether the load of its guest is kept and shown. */
  metrics: z.boolean(),
  /** By which its node is chosen; null = by that of the cluster. */
  placementPolicy: PlacementPolicy.nullable(),
  /** Stored only; nothing obeys it yet: whether it is to be started elsewhere when its node is lost. */
  highAvailability: z.boolean(),
  /** Stored only; nothing obeys it yet: between how many copies a service may have. */
  scale: z.strictObject({ min: z.number().int().min(1).max(1000), max: z.number().int().min(1).max(1000) }).nullable(),
};

/** POST /clc/api/1.0/instances */
export const DefineInstance = z.strictObject({
  name: Fields.name,
  imageId: ImageId,
  /** Default: by the image, a server image makes a vs, a desktop image an rvd. */
  kind: InstanceKind.optional(),
  description: Fields.description.default(''),
  imageVersion: Fields.imageVersion.default('latest'),
  lifetime: Fields.lifetime.default('persistent'),
  /** Where sizes come from that are not given; without it from the default of the image's system. */
  vmType: TypeName.optional(),
  memoryMiB: Fields.memoryMiB.optional(),
  cpus: Fields.cpus.optional(),
  diskGiB: Fields.diskGiB.optional(),
  dataDiskGiB: Fields.dataDiskGiB.default(0),
  node: Fields.node.default(null),
  cluster: Fields.cluster.default(null),
  ownerGroup: Fields.ownerGroup.default(null),
  accessMode: Fields.accessMode.default('all'),
  startup: Fields.startup.default(null),
  metrics: Fields.metrics.default(true),
  placementPolicy: Fields.placementPolicy.default(null),
  highAvailability: Fields.highAvailability.default(false),
  scale: Fields.scale.default(null),
  /** Default: one card of mode auto. */
  nics: Nics.optional(),
  /** Ports of the guest that are reached from outside. Default: RDP of a Windows, SSH of another server. */
  services: Services.optional(),
  cloudInit: CloudInit.nullable().default(null),
  /** Null: only when it is asked to, or by itself in the guest. */
  autoStop: AutoStop.nullable().default(null),
});
export type DefineInstance = z.input<typeof DefineInstance>;

/** PATCH /clc/api/1.0/instances/{id}, with If-Match if wanted: what is given changes. Another VM type brings its sizes. */
export const ModifyInstance = z.strictObject({
  ...Fields, nics: Nics, services: Services, vmType: TypeName,
  /** What is given changes, null takes it out; null instead of all: the guest is told nothing any more. Counts for a disk that is made from then on. */
  cloudInit: CloudInit.nullable(), autoStop: AutoStop.nullable(),
}).partial();
export type ModifyInstance = z.input<typeof ModifyInstance>;

/** Body of reset: its data disk goes as well. */
export const ResetBody = z.strictObject({ data: z.boolean().default(false) });
export type ResetBody = z.input<typeof ResetBody>;

export const InstanceQuery = PageQuery.extend({
  owner: UserName.optional(), name: ImageName.optional(), status: z.enum(INSTANCE_STATUSES).optional(), kind: InstanceKind.optional(), image: ImageId.optional(),
  /** Id of the node it is placed on. */
  node: DaemonId.optional(),
});

export const InstanceLoad = GuestLoad.extend({ at: z.number().int() });
export type InstanceLoad = z.infer<typeof InstanceLoad>;

export const InstanceView = z.object({
  id: z.string(), name: z.string(), description: z.string(), owner: z.string(), kind: InstanceKind, lifetime: Lifetime,
  imageId: z.string(), imageVersion: VersionPolicy,
  /** The version its present disk was made from; null = it has no disk. */
  madeFrom: z.number().int().nullable(),
  ostype: z.string(), vmType: z.string().nullable(), memoryMiB: z.number().int(), cpus: z.number().int(), diskBytes: z.number().int(),
  /** As defined: 0 = as large as the image. `diskBytes` is what it comes to. */
  diskGiB: z.number().int(), dataDiskGiB: z.number().int().default(0), node: z.string().nullable(), cluster: z.string().nullable(), ownerGroup: z.string().nullable().default(null), highAvailability: z.boolean(), scale: Fields.scale,
  accessMode: AccessMode.default('all'), startup: Fields.startup.default(null), metrics: z.boolean().default(true), placementPolicy: Fields.placementPolicy.default(null),
  /** How busy its guest is, as its node said last; null: it does not run, nobody knows, or `metrics` is off. */
  load: InstanceLoad.nullable().default(null),
  cloudInit: CloudInitView.nullable().default(null),
  autoStop: AutoStop.nullable().default(null),
  /** It will be shut down then: it was told, and nobody has put it off. */
  autoStopAt: z.number().int().nullable().default(null),
  /** Not before then: somebody has put it off. */
  putOffUntil: z.number().int().nullable().default(null),
  /** Since when it has stood idle, where `autoStop` asks for it; null: it is used, or nobody knows. */
  idleSince: z.number().int().nullable().default(null),
  status: InstanceStatusWord, vmState: VmState, taskState: InstanceTask.nullable(),
  /** 0–100 of what is under way. */
  progress: z.number().int().min(0).max(100),
  message: z.string(), said: Said.optional(), error: WireError.nullable(), kept: Kept.nullable(),
  /** What can be done with it now. */
  allowed: z.array(InstanceAction),
  /** Where it is placed. */
  ccId: z.string().nullable(), ncId: z.string().nullable(), clusterName: z.string().nullable(), nodeName: z.string().nullable(), ccip: z.string().nullable(), ncip: z.string().nullable(),
  /** Its cards as defined, and what each has as long as it is placed. `networkMode` null: it is placed nowhere. */
  nics: z.array(z.object({ mode: NicAsked.shape.mode, mac: z.string().nullable(), ip: z.string().nullable(), publicIp: z.string().nullable(), /** As somebody asked for it. */ asked: NicAsked })),
  services: Services, networkMode: NetworkMode.nullable(),
  /** Where its services are reached; host and port null = it is placed nowhere. */
  access: z.array(z.object({ name: z.string(), protocol: Service.shape.protocol, host: z.string().nullable(), port: z.number().int().nullable(), guestPort: z.number().int(), state: z.enum(['closed', 'opening', 'open']), /** Why it is closed although the guest runs. */ reason: z.string().optional(), why: Said.optional() })),
  /** Where to ask for its screen, as soon as that works. */
  aURL: z.string().nullable(),
  placement: Placement.nullable(), plans: z.array(PlanView).default([]),
  rev: z.number().int(), createdAt: z.number().int(), updatedAt: z.number().int(), startedAt: z.number().int().nullable(),
});
export type InstanceView = z.infer<typeof InstanceView>;

/** A small picture of a guest's screen, from its node up to the CLC. @see ScreenshotTicket */
export const Thumbnail = z.object({ png: z.base64().max(1024 * 1024) });
export type Thumbnail = z.infer<typeof Thumbnail>;

/** SSE `event: instance` (id = row id; replayed after Last-Event-ID). */
export const InstanceEvent = z.object({
  id: z.string(), status: InstanceStatusWord, vmState: VmState, taskState: InstanceTask.nullable(), progress: z.number().int(), message: z.string(), said: Said.optional(), errormsg: z.string(), at: z.number().int(),
});
export type InstanceEvent = z.infer<typeof InstanceEvent>;
/** SSE `event: instance-load` (no id; not replayed). */
export const InstanceLoadEvent = z.object({ id: z.string(), load: InstanceLoad });
export type InstanceLoadEvent = z.infer<typeof InstanceLoadEvent>;
/** SSE `event: instance-progress` (no id; not replayed). */
export const InstanceProgress = z.object({
  id: z.string(), progress: z.number().int(), job: z.string(), bytes: z.object({ done: z.number().int(), total: z.number().int() }).nullable(), note: z.string(), at: z.number().int(),
});
export type InstanceProgress = z.infer<typeof InstanceProgress>;
