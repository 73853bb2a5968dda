// What is kept of the instances people define, and the only ways to change it. Part of ../interface.
import type { AccessMode, AutoStop, CloudInitView, GuestSeed, InstanceAction, InstanceAt, InstanceKind, InstanceStatusWord, InstanceTask, Kept, Lifetime, NicAsked, Placement, PlacementPolicy, Said, Service, Startup, VmState, WireError } from '@educloud/contracts';
import type { InstanceNetwork } from './networks.ts';
import type { PageOf, PageRequest } from './page.ts';

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
