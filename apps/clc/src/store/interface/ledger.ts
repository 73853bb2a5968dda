// What is promised of the nodes, and the only ways to promise it. Part of ../interface.
import type { Room } from '@educloud/contracts';

/** `disk`: for the system disk; `data`: for the data disk, which keeps its instance where it is; `saved`: for the memory of one that is suspended; `compute`: CPU and memory. */
export type ClaimKind = 'disk' | 'data' | 'saved' | 'compute';
/** Promised resources. One conditional UPDATE each; a claim exists or not, never half. */
export interface LedgerStore {
  /** Upserts the limits of a node (capacity × overcommit ratio), leaving what is claimed. */
  setLimits(ncId: string, limits: { cpus: number; memoryMiB: number; diskBytes: number }): Promise<void>;
  /** True also when this very claim exists already. False: no room. */
  claim(insId: string, kind: ClaimKind, ncId: string, amount: { cpus: number; memoryMiB: number; diskBytes: number }): Promise<boolean>;
  /** Gives it back once, however often it is called. */
  release(insId: string, kind: ClaimKind): Promise<void>;
  claimOf(insId: string, kind: ClaimKind): Promise<{ ncId: string; diskBytes: number } | null>;
  /** What is promised on these nodes, or on every one, for lists. */
  usedByNode(ncIds?: string[]): Promise<Map<string, { cpus: number; memoryMiB: number; diskBytes: number }>>;
  /** Of the nodes of a cluster, or of these; null: they are more than `most`. */
  rooms(of: { ccId: string } | { ncIds: string[] }, most: number): Promise<Array<Room & { limits: { diskBytes: number } }> | null>;
  /** Null: the node never told what it has. */
  usage(ncId: string): Promise<{ limits: { cpus: number; memoryMiB: number; diskBytes: number }; used: { cpus: number; memoryMiB: number; diskBytes: number } } | null>;
}
