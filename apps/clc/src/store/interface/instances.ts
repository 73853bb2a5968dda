// What is kept of every machine that runs or could, of a build or of a person, and the only ways to change it. Part of ../interface.
import type { VmStatus } from '@educloud/contracts';
import type { ImageRow, VersionRow } from './images.ts';

/** A machine: where it is, how large, what its node says of it. `purpose` build: of task `tid`; run: of the person's instance of the same id. */
export interface InstanceRow {
  id: string; tid: string | null; purpose: 'build' | 'run'; kind: 'vs' | 'rvd' | 'lvd'; ccId: string | null; ncId: string | null;
  memoryMiB: number; cpus: number; diskBytes: number; vmstatus: VmStatus; firstBootAt: number | null;
  /** Of the last `insstatus` that was applied. */
  statusEpoch: number; statusSeq: number; createdAt: number; deletedAt: number | null;
}
/** Null: there is no such row. */
export interface BuildParts { instance: InstanceRow | null; source: VersionRow | null; sourceImage: ImageRow | null; made: VersionRow | null }
export interface InstanceStore {
  instance(id: string): Promise<InstanceRow | null>;
  /** Those there are, in no order. */
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
  /** That have a place on the node and have not ended, by id. */
  instancesAt(ncId: string): Promise<InstanceRow[]>;
}
