// What is kept of daemons and of the tokens they join with, and the only ways to change it. Part of ../interface.
import type { DaemonFacts, DaemonState, HostProperties, Role } from '@educloud/contracts';

/** A daemon that was enrolled, of any role. */
export interface DaemonRow {
  id: string; role: Role; name: string; url: string; secretHash: string; epoch: number; state: DaemonState; enabled: boolean;
  ccId: string | null; facts: DaemonFacts; lastBeatAt: number | null; registeredAt: number; createdAt: number;
  /** An administrator said that it was switched off, in this registration. Until it is back and has cleaned up nothing is placed there. */
  fencedEpoch: number | null;
  /** A beat of its own, as it was told when it registered: hosts of local desktops beat rarely. Null: that of the cloud. */
  heartbeatMs: number | null;
  /** Of a host: which local desktops reach it. */
  ownerGroup: string | null;
  /** Of the card that wakes it up; null: the one it names itself. */
  mac: string | null;
  /** Not enabled, but what is there may be started again. */
  draining: boolean;
  properties: HostProperties | null;
}
/** Lets one daemon of a role enrol, once. `name` null: under any name. */
export interface JoinTokenRow { hash: string; role: Role; name: string | null; expiresAt: number; usedAt: number | null; usedBy: string | null; createdBy: string; createdAt: number }

export interface DaemonStore {
  daemon(id: string): Promise<DaemonRow | null>;
  /** Of what kind it is and to which cluster it belongs, without the weight of its facts: asked for each message. */
  speaker(id: string): Promise<Pick<DaemonRow, 'role' | 'ccId'> | null>;
  daemonByName(role: Role, name: string): Promise<DaemonRow | null>;
  daemonsByIds(ids: string[]): Promise<DaemonRow[]>;
  /** Of every role. */
  daemonsNamed(name: string): Promise<DaemonRow[]>;
  /** By role and name; `after` a daemon of that role and name. */
  daemons(filter?: { role?: Role; ccId?: string; after?: { role: string; name: string }; limit?: number }): Promise<DaemonRow[]>;
  /** Everybody counted; of each at most `most`: those that are no nodes, then nodes that are not up, then the others, by role and name. */
  overview(most: number): Promise<{ rows: DaemonRow[]; nodes: { all: number; up: number }; fake: boolean }>;
  /** Ids of the nodes of a cluster that have jobs under way or stuck. */
  nodesAtWork(ccId: string): Promise<string[]>;
  /** Of all but the CLC, without the weight of their facts. */
  epochs(): Promise<Array<{ id: string; epoch: number }>>;
  /** False: role + name are taken. */
  insertDaemon(row: DaemonRow): Promise<boolean>;
  /** epoch + 1, state up, url, facts, ccId, times. Returns the new epoch; null = no such daemon. */
  register(id: string, set: { url: string; facts: DaemonFacts; ccId: string | null; heartbeatMs?: number | null; now: number }): Promise<number | null>;
  /** CAS on its registration and its state; also `lastBeatAt`. One that is fenced comes up by registering alone. */
  setState(id: string, epoch: number, from: DaemonState[], to: DaemonState): Promise<boolean>;
  /** Only if the epoch is the present one. */
  setFacts(id: string, epoch: number, facts: DaemonFacts): Promise<boolean>;
  /** Many at once, rarely: the live value is in memory. */
  setLastBeats(beats: Array<{ id: string; at: number }>): Promise<void>;
  setDuty(id: string, duty: Pick<DaemonRow, 'enabled' | 'draining'>): Promise<boolean>;
  setProperties(id: string, properties: HostProperties): Promise<boolean>;
  /** What of the cloud is there, counted. `versions`: available ones whose file it holds. */
  heldBy(id: string): Promise<{ instances: number; claims: number; versions: number; nodes: number; jobs: number }>;
  /** With its room in the ledger. False: something was promised there meanwhile, or there is no such daemon. */
  removeDaemon(id: string): Promise<boolean>;
  /** Of those nodes that have any, how many instances have a place there. */
  instancesByNode(ncIds: string[]): Promise<Map<string, number>>;
  setHost(id: string, set: Partial<Pick<DaemonRow, 'ownerGroup' | 'mac'>>): Promise<boolean>;
  /** CAS on the state: down and not fenced → epoch + 1, fenced in that epoch. */
  fence(id: string): Promise<boolean>;
  /** CAS on the epoch: back and clean. */
  unfence(id: string, epoch: number): Promise<boolean>;
  /** A daemon that lost its identity is enrolled again under its name. */
  setSecretHash(id: string, secretHash: string): Promise<boolean>;
  insertJoinToken(row: JoinTokenRow): Promise<void>;
  /** CAS: unused, unexpired, right role and name → used. Null = no. */
  useJoinToken(hash: string, by: { role: Role; name: string; now: number }): Promise<JoinTokenRow | null>;
}
