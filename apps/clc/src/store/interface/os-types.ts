// What is kept of OS types, and the only ways to change it. Part of ../interface.
import type { GuestHardware } from '@educloud/contracts';

/** What a kind of guest system needs. */
export interface OsTypeRow extends GuestHardware { name: string; title: string; defaultVmType: string; rev: number; createdAt: number; updatedAt: number }
/** As with VM types (./vm-types). */
export interface OsTypeStore {
  osType(name: string): Promise<OsTypeRow | null>;
  useOsType(name: string): Promise<OsTypeRow | null>;
  /** By title. */
  osTypes(): Promise<OsTypeRow[]>;
  osTypesWithDefault(vmType: string): Promise<string[]>;
  insertOsType(row: OsTypeRow): Promise<boolean>;
  updateOsType(name: string, rev: number, set: Partial<Omit<OsTypeRow, 'name' | 'rev' | 'createdAt'>>): Promise<boolean>;
  deleteOsType(name: string, rev: number): Promise<boolean>;
}
