// What is kept of clusters' networks, and the only ways to change it. Part of ../interface.
import type { AddressState, ClusterNetworkApplied, ClusterNetworkSettings, NetworkMode, PoolKind, Service } from '@educloud/contracts';

/** The addresses of an instance, from the pools of the cluster it is placed in. What it says is leased in the same transaction. */
export interface InstanceNetwork {
  ccId: string; mode: NetworkMode;
  cards: InstanceCard[];
  /** How each of its services is reached: at a port of its node, of its cluster controller, at its own address, or at a public one that the cluster controller answers for. */
  doors: Array<{ name: string; protocol: Service['protocol']; guestPort: number; at: 'node' | 'cluster' | 'guest' | 'alias'; ip: string | null; port: number }>;
  /** Its cluster controller has something to do before it can be reached. */
  byCluster: boolean;
  /** The state of the cluster's network that opened it, or closed it; null = never. */
  open: boolean; accessRev: number | null;
}
export type InstanceCard = { mode: 'nat'; mac: string } | { mode: 'bridge'; mac: string; bridge: string; ip: string; publicIp: string | null };

/** The network of a cluster: what an administrator wrote (`settings` null and `rev` 0: nothing), and how far its controller is. */
export interface ClusterNetworkRow {
  ccId: string; settings: ClusterNetworkSettings | null; rev: number;
  /** Of what is to be true at the cluster controller. */
  stateRev: number;
  appliedRev: number; appliedAt: number | null; refused: ClusterNetworkApplied['refused']; updatedAt: number | null;
}
/** One address or port of a pool. */
export interface AddressRow {
  ccId: string; kind: PoolKind; value: string;
  /** The address as a number: the order of the pool. */
  place: number;
  state: AddressState; insId: string | null; purpose: string;
  /** Given back in this state of the cluster's network, at this time. */
  freedRev: number; freedAt: number | null;
}
/** An instance whose access the cluster controller has to bring about. */
export interface ClusterAccessRow { insId: string; ccId: string; ncId: string; hostname: string; network: InstanceNetwork }

export interface NetworkStore {
  network(ccId: string): Promise<ClusterNetworkRow | null>;
  networks(): Promise<ClusterNetworkRow[]>;
  /** All of them, ours until the commit; those that somebody is just writing are waited for. */
  lockNetworks(): Promise<ClusterNetworkRow[]>;
  /** CAS on the revision, which rises by one, as that of the state does; 0 = there is none yet. */
  putNetwork(ccId: string, rev: number, set: { settings: ClusterNetworkSettings; updatedAt: number }): Promise<boolean>;
  /** Another state is to be true from this commit on: its number. The row is ours until then, so it comes last. */
  raise(ccId: string): Promise<number>;
  /** False: it is late, or there is no such state yet. */
  applied(ccId: string, said: ClusterNetworkApplied, at: number): Promise<boolean>;
  /** Those that are missing in the pool. */
  addAddresses(ccId: string, kind: PoolKind, places: Array<{ value: string; place: number }>): Promise<void>;
  /** Free ones outside of these ranges go; answers some of those that are outside and cannot. */
  removeAddresses(ccId: string, kind: PoolKind, keep: Array<{ from: number; to: number }>): Promise<AddressRow[]>;
  /** The first free one, looked for from that place on and then from the beginning; null = none. */
  lease(ccId: string, kind: PoolKind, by: { insId: string; purpose: string }, from?: number): Promise<string | null>;
  /** True also when it has it already. */
  leaseThis(ccId: string, kind: PoolKind, value: string, by: { insId: string; purpose: string }): Promise<boolean>;
  /** Everything of an instance but `keep` goes to quarantine. */
  giveBack(insId: string, freed: { rev: number; at: number; keep?: Array<{ kind: PoolKind; value: string }> }): Promise<void>;
  /** What was given back by then, and in a state that the cluster controller has left behind it, is free again. */
  endQuarantine(before: number, ccId?: string): Promise<number>;
  address(ccId: string, kind: PoolKind, value: string): Promise<AddressRow | null>;
  /** Some of those that are leased; nobody leases another there before our commit. Who is just leasing is waited for. */
  lockLeases(ccId: string): Promise<AddressRow[]>;
  /** By kind and place. */
  addresses(filter: { ccId: string; kind?: PoolKind | undefined; state?: AddressState | undefined; after?: { kind: string; place: number } | undefined; limit: number }): Promise<AddressRow[]>;
  counts(ccId?: string): Promise<Array<{ ccId: string; kind: PoolKind; all: number; leased: number; quarantine: number }>>;
  /** Of instances that are nowhere. */
  lostLeases(): Promise<Array<{ insId: string; ccId: string }>>;
  /** Inserts or replaces. */
  openAccess(row: ClusterAccessRow): Promise<void>;
  closeAccess(insId: string): Promise<boolean>;
  accessIn(ccId: string): Promise<ClusterAccessRow[]>;
}
