// What the CLC keeps, and the only ways to change it. Every change is a compare-and-set: `false` or null means "not in the state you thought".
import type { CloudError } from '@educloud/errors';
import type { AccessMode, AutoStop, CloudInitView, DaemonFacts, DaemonState, GuestSeed, HeldKind, HostProperties, Room, ImageFormat, ImageUsage, InstanceAction, InstanceAt, InstanceKind, InstanceStatusWord, InstanceTask, Kept, Lifetime, NicAsked, Phase, PhaseState, Placement, PlacementPolicy, Role, Service, Startup, Step, TaskState, UserRole, VersionState, VmState, VmStatus, Said, WireError } from '@educloud/contracts';
import type { SagaStore, SagaTx } from '@educloud/saga';
import type { BatchStore } from './batch-rows.ts';
import type { HistoryStore } from './history-types.ts';
import type { PageOf, PageRequest } from './page-types.ts';
import type { OsTypeStore, VmTypeStore } from './type-rows.ts';
import type { LocalStore } from './local-rows.ts';
import type { InstanceNetwork, NetworkStore } from './network-rows.ts';

export interface UserRow { name: string; role: UserRole; passwordHash: string; createdAt: number; disabled: boolean }
export interface SessionRow {
  /** sha256 of the session id or token; the secret itself is nowhere. */
  idHash: string; user: string; csrfHash: string; createdAt: number; expiresAt: number;
}
export interface IdempotencyRow { key: string; user: string; requestHash: string; status: number; location: string | null; body: unknown; createdAt: number }

/** One try under an Idempotency-Key: `createdAt` is when the try began, and tells it from a later one that took the key over. */
export type KeyClaim = Pick<IdempotencyRow, 'key' | 'user' | 'createdAt'>;

export interface AccountStore {
  user(name: string): Promise<UserRow | null>;
  countUsers(): Promise<number>;
  /** By name. */
  users(): Promise<UserRow[]>;
  /** With all sessions, in one. Locks the administrators: two who delete each other do not both succeed. */
  deleteUser(name: string): Promise<'deleted' | 'absent' | 'last-admin'>;
  /** False: the name is taken. */
  insertUser(row: UserRow): Promise<boolean>;
  setPasswordHash(name: string, hash: string): Promise<boolean>;
  insertSession(row: SessionRow): Promise<void>;
  session(idHash: string): Promise<SessionRow | null>;
  /** The session and whose it is, in one read: every request asks. */
  sessionOf(idHash: string): Promise<{ expiresAt: number; user: Pick<UserRow, 'name' | 'role' | 'disabled'> } | null>;
  /** False: it is gone (revoked meanwhile); it is never brought back. */
  extendSession(idHash: string, expiresAt: number): Promise<boolean>;
  deleteSession(idHash: string): Promise<void>;
  deleteSessionsOf(user: string): Promise<void>;
  deleteExpiredSessions(now: number): Promise<number>;
  /** Inserts with status 0 (under way); null = inserted, else the row that is there. */
  claimIdempotencyKey(row: IdempotencyRow): Promise<IdempotencyRow | null>;
  /** CAS: still under way by that claim → by a new one of `createdAt`. False: somebody was faster, or it has an answer. */
  takeOverIdempotencyKey(claim: KeyClaim, createdAt: number): Promise<boolean>;
  /** CAS, in the transaction that takes the order: under way by this claim → answered. */
  answerIdempotencyKey(claim: KeyClaim, answer: { status: number; location: string }): Promise<boolean>;
  /** The whole answer, as long as nobody took the key over. */
  finishIdempotencyKey(claim: KeyClaim, answer: { status: number; location: string | null; body: unknown }): Promise<void>;
  /** Unless an order was taken under it; one that is too old in any case. */
  dropIdempotencyKey(claim: KeyClaim & { status?: number }): Promise<void>;
  deleteOldIdempotencyKeys(before: number): Promise<number>;
}

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

export interface ImageRow { id: string; name: string; ostype: string; usage: ImageUsage; description: string; heldBy: string | null; deletedAt: number | null; createdAt: number; updatedAt: number; createdBy: string }
export interface VersionRow {
  imageId: string; version: number; state: VersionState; sha256: string | null; sizeBytes: number | null; virtualSizeBytes: number | null; format: ImageFormat | null;
  /** Declared before the upload. */
  declared: { sizeBytes: number; sha256: string | null; format: ImageFormat } | null;
  parentImageId: string | null; parentVersion: number | null; tid: string | null; walrusId: string | null; error: Said | null;
  createdAt: number; createdBy: string;
}

export interface ImageStore {
  image(id: string): Promise<ImageRow | null>;
  /** The image, locked until the commit, so that nobody deletes it under whoever is beginning to use it; null = there is none, or it is deleted. */
  useImage(id: string): Promise<ImageRow | null>;
  /** The same for whoever changes nothing of the image: a class may keep it at once. Not before a change of its row in the same transaction. */
  keepImage(id: string): Promise<ImageRow | null>;
  /** Without deleted ones and, unless asked, without those that have no available version. Newest first. */
  images(page: PageRequest & { all?: boolean }): Promise<PageOf<ImageRow>>;
  countImages(): Promise<number>;
  insertImage(row: ImageRow): Promise<void>;
  updateImage(id: string, set: Partial<Pick<ImageRow, 'name' | 'description' | 'updatedAt'>>): Promise<boolean>;
  markDeleted(id: string, now: number): Promise<boolean>;
  versions(imageId: string): Promise<VersionRow[]>;
  version(imageId: string, version: number): Promise<VersionRow | null>;
  versionsOf(keys: Array<{ imageId: string; version: number }>): Promise<VersionRow[]>;
  latestAvailable(imageId: string): Promise<VersionRow | null>;
  latestAvailableOf(imageIds: string[]): Promise<Map<string, VersionRow>>;
  /** Beside a controller of an earlier version, which does not keep it: which images are listed is looked up anew. */
  relist(): Promise<void>;
  /** Inserts under the next free number (never reused) and returns it. @throws NOT_FOUND no such image, or it is deleted */
  reserveVersion(row: Omit<VersionRow, 'version'>): Promise<number>;
  setVersion(imageId: string, version: number, from: VersionState[], set: Partial<Omit<VersionRow, 'imageId' | 'version'>>): Promise<boolean>;
  /** People's uploads that began before and never ended are refused. Returns how many. */
  closeAbandonedUploads(before: number): Promise<number>;
  /** CAS heldBy null → tid (or tid → tid). False: somebody else holds it. */
  hold(imageId: string, tid: string): Promise<boolean>;
  release(imageId: string, tid: string): Promise<void>;
  /** Ids of images of an OS type, deleted ones not; oldest first. */
  imagesOfType(ostype: string): Promise<string[]>;
  /** Tids of unfinished tasks that use the image as source or destination, and ids of instances of it. Whoever deletes it marks it first: then no new one can come. */
  references(imageId: string): Promise<string[]>;
}

export interface InstanceRow {
  id: string; tid: string | null; purpose: 'build' | 'run'; kind: 'vs' | 'rvd' | 'lvd'; ccId: string | null; ncId: string | null;
  memoryMiB: number; cpus: number; diskBytes: number; vmstatus: VmStatus; firstBootAt: number | null;
  /** Of the last `insstatus` that was applied. */
  statusEpoch: number; statusSeq: number; createdAt: number; deletedAt: number | null;
}
export interface BuildParts { instance: InstanceRow | null; source: VersionRow | null; sourceImage: ImageRow | null; made: VersionRow | null }
export interface InstanceStore {
  instance(id: string): Promise<InstanceRow | null>;
  instancesByIds(ids: string[]): Promise<InstanceRow[]>;
  insertInstance(row: InstanceRow): Promise<void>;
  updateInstance(id: string, set: Partial<Omit<InstanceRow, 'id'>>): Promise<boolean>;
  /** What the plans of an instance look at beside its row (runtime row, version, seed, OS type, daemons), in one read: the transaction then knows it. */
  readAround(insId: string, of: { imageId: string; madeFrom: number | null; ostype: string }): Promise<void>;
  /** What a build is made of, in one read: its instance, the version it comes from and that one's image, the version it makes. */
  parts(of: { insId: string; source: { imageId: string; version: number }; destination: { imageId: string; version: number } }): Promise<BuildParts>;
  /** Only if (epoch, seq) is newer than what was applied last. */
  applyStatus(id: string, at: { epoch: number; seq: number }, vmstatus: VmStatus): Promise<boolean>;
  /** The same for many that are in this state already. */
  confirmStatus(ids: string[], at: { epoch: number; seq: number }, vmstatus: VmStatus): Promise<void>;
  instancesAt(ncId: string): Promise<InstanceRow[]>;
}

/** What a person defined and where its life stands. Its place and what its node says of it are in the instance of the same id. */
export interface UserInstanceRow {
  id: string; name: string; description: string; owner: string; kind: InstanceKind; lifetime: Lifetime;
  imageId: string;
  /** Null = the newest finished version when the disk is made. */
  pinnedVersion: number | null;
  /** The version the present disk was made from; null = it has no disk. */
  madeFrom: number | null;
  ostype: string;
  /** The VM type its sizes came from. As resolved when it was defined or modified: a type that changes later changes no instance. */
  vmType: string | null;
  memoryMiB: number; cpus: number; diskBytes: number;
  definition: InstanceDefinition;
  /** By what it shuts down by itself; when, once that was told; until when its owner put it off. */
  autoStop: AutoStop | null; autoStopAt: number | null; extendedUntil: number | null;
  /** Since when its node has said without a break that it stands idle, and when it said so last. Kept only where `autoStop` asks for it. */
  idleSince: number | null; idleSeenAt: number | null;
  vmState: VmState; taskState: InstanceTask | null; progress: number; message: Said; error: WireError | null;
  /** The action the error belongs to. */
  failedAction: InstanceAction | null;
  kept: Kept | null; placement: Placement | null;
  /** What is leased for it, as long as it is placed. */
  network: InstanceNetwork | null;
  rev: number; createdAt: number; updatedAt: number; startedAt: number | null; deletedAt: number | null;
}
/** What of a definition no query asks for. */
export interface InstanceDefinition { nics?: NicAsked[]; services?: Service[]; diskGiB: number; dataDiskGiB?: number; node: string | null; cluster: string | null; /** Rows of an earlier version have none. */ ownerGroup?: string | null; highAvailability: boolean; scale: { min: number; max: number } | null; accessMode?: AccessMode; startup?: Startup | null; metrics?: boolean; placementPolicy?: PlacementPolicy | null; cloudInit?: CloudInitView | null }
/** What an instance's guest is told at its first start. */
export interface SeedRow { id: string; seed: GuestSeed }
export type UserInstanceChange = Partial<Omit<UserInstanceRow, 'id' | 'owner' | 'kind' | 'imageId' | 'rev' | 'createdAt' | 'updatedAt' | 'vmState' | 'taskState'>> & { to?: InstanceAt };
export interface UserInstanceStore {
  insertUserInstance(row: UserInstanceRow): Promise<void>;
  userInstance(id: string): Promise<UserInstanceRow | null>;
  /** The same, ours until the end of the transaction: the first read of whoever decides something about it, so that all that is read after it is as new. */
  lockUserInstance(id: string): Promise<UserInstanceRow | null>;
  userInstancesByIds(ids: string[]): Promise<UserInstanceRow[]>;
  /** Local desktops that are offered, oldest first. */
  localDefinitions(): Promise<UserInstanceRow[]>;
  /** Newest first; without deleted ones unless their status is asked for. */
  userInstances(page: PageRequest & { owner?: string | undefined; name?: string | undefined; status?: InstanceStatusWord | undefined; kind?: InstanceKind | undefined; image?: string | undefined; node?: string | undefined }): Promise<PageOf<UserInstanceRow>>;
  /** Those that run and may shut down by themselves. */
  autoStopping(): Promise<UserInstanceRow[]>;
  /** Beside changes of their state: these stand idle still, or since now (`since`), or do not (`seenAt` null). */
  noteIdle(ids: string[], idle: { since?: number | null; seenAt: number | null }): Promise<void>;
  seed(id: string): Promise<GuestSeed | null>;
  /** Null: it is told nothing any more. */
  setSeed(id: string, seed: GuestSeed | null): Promise<void>;
  /** Beside a change of its state. */
  setNetwork(id: string, network: InstanceNetwork | null): Promise<boolean>;
  /** Appends an event of each as it is: something that is shown with it has changed. */
  tellUserInstances(ids: string[]): Promise<void>;
  /** CAS on the stand being one of `from`, checks the table of transitions, bumps rev, and appends the event in the same transaction. Null = it is in none of `from`. @throws WRONG_STATE the table does not allow it */
  changeUserInstance(id: string, from: readonly InstanceAt[], change: UserInstanceChange): Promise<UserInstanceRow | null>;
}

export type * from './history-types.ts';
export type * from './batch-rows.ts';
export type * from './page-types.ts';
export type * from './type-rows.ts';
export type * from './local-rows.ts';
export type * from './network-rows.ts';

/** `disk`: for the system disk; `data`: for the data disk, which keeps its instance where it is; `saved`: for the memory of one that is suspended; `compute`: CPU and memory. */
export type ClaimKind = 'disk' | 'data' | 'saved' | 'compute';
/** Promised resources. One conditional UPDATE each; a claim exists or not, never half. */
export interface LedgerStore {
  /** Upserts the limits of a node (capacity × overcommit ratio), leaving what is claimed. */
  setLimits(ncId: string, limits: { cpus: number; memoryMiB: number; diskBytes: number }): Promise<void>;
  /** True also when this very claim exists already. False: no room. */
  claim(insId: string, kind: ClaimKind, ncId: string, amount: { cpus: number; memoryMiB: number; diskBytes: number }): Promise<boolean>;
  release(insId: string, kind: ClaimKind): Promise<void>;
  claimOf(insId: string, kind: ClaimKind): Promise<{ ncId: string; diskBytes: number } | null>;
  /** What is promised on these nodes, or on every one, for lists. */
  usedByNode(ncIds?: string[]): Promise<Map<string, { cpus: number; memoryMiB: number; diskBytes: number }>>;
  /** Of the nodes of a cluster, or of these; null: they are more than `most`. */
  rooms(of: { ccId: string } | { ncIds: string[] }, most: number): Promise<Array<Room & { limits: { diskBytes: number } }> | null>;
  usage(ncId: string): Promise<{ limits: { cpus: number; memoryMiB: number; diskBytes: number }; used: { cpus: number; memoryMiB: number; diskBytes: number } } | null>;
}

/** Something a daemon holds that nothing needs. One row as long as its inventories name it. */
export interface OrphanRow {
  daemonId: string;
  /** `kind/name` of the inventory. */
  item: string;
  kind: HeldKind; name: string; what: Said; sizeBytes: number; why: Said;
  /** Why it is not removed by itself; null = it goes when its grace is over. */
  kept: Said | null;
  /** Its instance has ended: a disk that has booted goes too. */
  ended: boolean;
  since: number;
}
export interface OrphanStore {
  /** By daemon and item. */
  orphans(daemonId?: string): Promise<OrphanRow[]>;
  orphan(daemonId: string, item: string): Promise<OrphanRow | null>;
  /** Inserts, or changes everything but `since`. */
  putOrphan(row: OrphanRow): Promise<void>;
  removeOrphan(daemonId: string, item: string): Promise<boolean>;
  orphanCounts(): Promise<{ due: number; kept: number }>;
  /** Promises of instances that have ended or are none, and images held by tasks that have ended: they are given back. Says what it did. */
  releaseLost(): Promise<string[]>;
}

export interface TaskRow {
  tid: string; kind: 'image/create' | 'image/modify'; name: string;
  srcImageId: string; srcVersion: number; dstImageId: string; dstVersion: number; insId: string;
  phase: Phase; state: TaskState; progress: number; vmstatus: VmStatus; message: Said;
  error: WireError | null; kept: Kept | null; failedStep: Step | null;
  /** Properties of the image to be made, sizes and pins: what begin was asked with. */
  options: TaskOptions;
  ccId: string | null; ncId: string | null; placement: Placement | null;
  owner: string; rev: number; createdAt: number; updatedAt: number;
}
export interface TaskOptions {
  ostype: string; usage: ImageUsage; description: string; memoryMiB: number; cpus: number; blankBytes: number | null; node: string | null; cluster: string | null;
}
export type TaskChange = Partial<Omit<TaskRow, 'tid' | 'rev' | 'createdAt' | 'phase' | 'state'>> & { to?: PhaseState };

export interface TaskStore {
  insertTask(row: TaskRow): Promise<void>;
  task(tid: string): Promise<TaskRow | null>;
  /** The same, ours until the end of the transaction: for whoever is going to change it. */
  lockTask(tid: string): Promise<TaskRow | null>;
  tasksOf(tids: string[]): Promise<TaskRow[]>;
  /** Without deleted ones. Newest first. */
  tasks(page: PageRequest & { owner?: string; active?: boolean }): Promise<PageOf<TaskRow>>;
  /**
   * CAS on phase/state being one of `from`, checks the transition table, never lowers progress within a phase, bumps rev,
   * and appends the task event in the same transaction. Returns the row after the change; null = it is in none of `from`.
   */
  changeTask(tid: string, from: PhaseState[], change: TaskChange): Promise<TaskRow | null>;
  counts(): Promise<{ active: number; stuck: number }>;
}

export interface EventRow { id: number; kind: 'task' | 'node' | 'image' | 'instance' | 'batch'; subject: string; payload: unknown; at: number }
export interface EventStore {
  append(kind: EventRow['kind'], subject: string, payload: unknown): Promise<void>;
  /** In order of id, which is the order of commits, whoever wrote them. */
  after(id: number, limit: number): Promise<EventRow[]>;
  lastId(): Promise<number>;
  trim(before: number): Promise<number>;
}

/** Keys the CLC made itself and needs again after a restart (ticket signing key). */
export interface SettingStore {
  get(key: string): Promise<string | null>;
  /** Insert if absent; returns what is stored then. */
  getOrInsert(key: string, value: string): Promise<string>;
}

export interface Lease {
  /** Instance id of the controller that leads or led last; null = none ever did. */
  holder: string | null;
  epoch: number;
  /** When it was taken, epoch ms by the database's clock. */
  since: number;
  /** How long it still holds; 0 or less = anybody may take it. */
  leftMs: number;
  /** A controller that follows and said lately that it could lead; null = nobody did. */
  standby: string | null;
}
export interface LeaseStore {
  lease(): Promise<Lease>;
  /** The new epoch; null = somebody holds it. @param own also while `holder` itself holds it: an earlier process of the same controller */
  takeLease(holder: string, ms: number, own: boolean): Promise<number | null>;
  /** False: the epoch has been replaced. */
  renewLease(epoch: number, ms: number): Promise<boolean>;
  releaseLease(epoch: number): Promise<void>;
  /** Says for so long that this controller could lead. */
  standBy(holder: string, ms: number): Promise<void>;
}

/** What binds a leader's changes to its epoch. */
export interface Fence {
  epoch: number;
  /** By our own monotonic clock; saves asking. */
  valid(): boolean;
  /** A write was refused: whoever leads should know that he does not. */
  refused(by: 'clock' | 'database'): void;
}

export interface TicketStore {
  /** False: it was used before. */
  useTicket(nonce: string, expiresAt: number): Promise<boolean>;
  deleteOldTickets(before: number): Promise<number>;
}

export interface Tx {
  leases: LeaseStore; tickets: TicketStore;
  accounts: AccountStore; daemons: DaemonStore; images: ImageStore; instances: InstanceStore; userInstances: UserInstanceStore; local: LocalStore; batches: BatchStore; ledger: LedgerStore; tasks: TaskStore; networks: NetworkStore; vmTypes: VmTypeStore; osTypes: OsTypeStore; orphans: OrphanStore; events: EventStore; settings: SettingStore; history: HistoryStore;
  saga: SagaTx;
}

export interface Store extends SagaStore<Tx> {
  readonly kind: 'mariadb' | 'sqlite';
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** The same without a transaction, for single reads. */
  readonly read: Tx;
  /** The same database as one leader writes to it: refuses every change once the epoch has been replaced. */
  fenced(fence: Fence): Store;
  /** Called after a transaction with events has committed, in this process. */
  onEvents(listener: () => void): () => void;
  /** DATABASE_UNAVAILABLE → what /readyz says; null = fine. */
  check(): Promise<CloudError | null>;
  close(): Promise<void>;
}
