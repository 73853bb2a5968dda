// Hosts and servers as an administrator keeps them: may work be placed there, how much may be promised, where it stands, whose it is.
import { z } from 'zod';
import { OwnerGroup } from './owner-groups.ts';

/** How a cluster chooses among nodes that have room. spread: the emptiest; pack: the fullest; round-robin: the one that was not chosen for longest. */
export const PLACEMENT_POLICIES = ['spread', 'pack', 'round-robin'] as const;
export const PlacementPolicy = z.enum(PLACEMENT_POLICIES);
export type PlacementPolicy = z.infer<typeof PlacementPolicy>;

/** draining: nothing new is placed there, what is there goes on and may be started again. disabled: nothing is started there either. */
export const HOST_DUTIES = ['enabled', 'draining', 'disabled'] as const;
export const HostDuty = z.enum(HOST_DUTIES);
export type HostDuty = z.infer<typeof HostDuty>;

const Mac = z.string().toLowerCase().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/, 'a MAC address looks like 52:54:00:12:34:56');
const Location = z.string().min(1).max(200).regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+$/u, 'a location has no control characters, marks of text direction or halves of characters');
const Ratio = z.number().min(0.1).max(64);

const Fields = {
  location: Location.nullable(),
  /** Virtual processors per real one; null = as the cloud is configured. Nodes only, as the next. */
  cpuOvercommit: Ratio.nullable(),
  /** Memory that may be promised per real memory; null = 1. */
  memoryOvercommit: Ratio.nullable(),
  /** Cluster controllers only; null = spread. */
  placement: PlacementPolicy.nullable(),
};
export const HostProperties = z.object(Fields);
export type HostProperties = z.infer<typeof HostProperties>;
export const NO_PROPERTIES: HostProperties = { location: null, cpuOvercommit: null, memoryOvercommit: null, placement: null };

/** PATCH /clc/api/1.0/nodes/{id}: what is given changes. */
export const ModifyHost = z.strictObject({ ...Fields, /** Whose it is, and which local desktops reach it. */ ownerGroup: OwnerGroup.nullable(), /** Of the card that wakes it up; null = the one it names itself. */ mac: Mac.nullable() }).partial();
export type ModifyHost = z.infer<typeof ModifyHost>;

/** Of a node in the ledger: what may be promised, and what is. */
export const Room = z.object({ ncId: z.string(), limits: z.object({ cpus: z.number(), memoryMiB: z.number() }), used: z.object({ cpus: z.number(), memoryMiB: z.number() }) });
export type Room = z.infer<typeof Room>;
