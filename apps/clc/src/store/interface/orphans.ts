// What is kept of things that nothing needs, and the only ways to change it. Part of ../interface.
import type { HeldKind, Said } from '@educloud/contracts';

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
  /** False: there is none. */
  removeOrphan(daemonId: string, item: string): Promise<boolean>;
  /** `due`: those that go when their grace is over. */
  orphanCounts(): Promise<{ due: number; kept: number }>;
  /** Promises of instances that have ended or are none, and images held by tasks that have ended: they are given back. Says what it did. */
  releaseLost(): Promise<string[]>;
}
