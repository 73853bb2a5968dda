// The network setting of a cluster as an administrator writes and sees it, and the pools its addresses and ports come from.
import { z } from 'zod';
import { BridgeName, ClusterNetworkApplied, Ipv4, Mac, NetworkMode, Port } from './networks.ts';
import { PageQuery } from './rest.ts';
import { DaemonState } from './registration.ts';
import { Said } from './words/said.ts';

export const POOL_KINDS = ['rdp-port', 'management-port', 'public-ip', 'private-ip', 'mac'] as const;
export const PoolKind = z.enum(POOL_KINDS);
export type PoolKind = z.infer<typeof PoolKind>;

/** `quarantine`: given back, and not given to anybody else until the cluster controller has forgotten it. */
export const ADDRESS_STATES = ['free', 'leased', 'quarantine'] as const;
export const AddressState = z.enum(ADDRESS_STATES);
export type AddressState = z.infer<typeof AddressState>;

const range = <T extends z.ZodType>(of: T) => z.strictObject({ from: of, to: of });
const ports = (from: number, to: number) => range(Port).nullable().default({ from, to });

/** PUT /clc/api/1.0/clusters/{cluster}/network: all of it; what is left out is as it is by default. */
export const ClusterNetworkSettings = z.strictObject({
  mode: NetworkMode.default('public'),
  /** What people type to reach the cluster controller; null = the host of its url. */
  accessHost: z.string().regex(/^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$/, 'a host is a name or an address').nullable().default(null),
  /** Ports outside for remote desktops of guests, and for their other services. */
  rdpPorts: ports(17_000, 17_999),
  managementPorts: ports(18_000, 18_999),
  /** On the nodes; null = guests have only cards of the node's own network (nat). */
  bridge: BridgeName.nullable().default(null),
  /** Of the bridge: the cluster controller hands out from..to there. */
  privateNet: z.strictObject({ cidr: z.cidrv4(), from: Ipv4, to: Ipv4, gateway: Ipv4.nullable().default(null), dns: z.array(Ipv4).max(4).default([]) }).nullable().default(null),
  publicIps: z.array(range(Ipv4)).max(32).default([]),
  /** null = each card has the address that its instance's id makes. */
  macs: range(Mac).nullable().default(null),
});
export type ClusterNetworkSettings = z.output<typeof ClusterNetworkSettings>;
export const ClusterParams = z.object({ cluster: z.string().min(1).max(63) });

export const ClusterNetworkView = ClusterNetworkSettings.extend({
  ccId: z.string(), cluster: z.string(), state: DaemonState,
  /** False: nobody has written a setting; this is how it is without one. */
  configured: z.boolean(),
  /** What people are told to type; null = the cluster controller has not said where it is. */
  accessAt: z.string().nullable(),
  pools: z.array(z.object({ kind: PoolKind, all: z.number().int(), leased: z.number().int(), quarantine: z.number().int() })),
  /** Rises with each change of the setting; also the ETag. 0 = none was written. */
  rev: z.number().int(),
  /** What is to be true at the cluster controller, and what it said last is. */
  stateRev: z.number().int(), appliedRev: z.number().int(), appliedAt: z.number().int().nullable(),
  refused: ClusterNetworkApplied.shape.refused,
  /** Whether its cluster controller can forward, by its own word; null = it has said nothing. */
  nft: z.boolean().nullable(), message: z.string(), why: Said.optional(),
  /** Nodes, and those of them that have the bridge and can bind a card to its address there. */
  nodes: z.object({ all: z.number().int(), bridged: z.number().int() }),
  updatedAt: z.number().int().nullable(),
});
export type ClusterNetworkView = z.infer<typeof ClusterNetworkView>;

/** GET /clc/api/1.0/clusters/{cluster}/network/addresses */
export const AddressQuery = PageQuery.extend({ kind: PoolKind.optional(), state: AddressState.optional() });
export const AddressView = z.object({
  kind: PoolKind, value: z.string(), state: AddressState,
  insId: z.string().nullable(), instance: z.string().nullable(), owner: z.string().nullable(),
  /** Which card or service it is for. */
  purpose: z.string(),
  freedAt: z.number().int().nullable(),
});
export type AddressView = z.infer<typeof AddressView>;
