// What is kept of VM types, and the only ways to change it. Part of ../interface.

/** A named size of a machine. */
export interface VmTypeRow { name: string; memoryMiB: number; cpus: number; diskGiB: number; description: string; rev: number; createdAt: number; updatedAt: number }
export interface VmTypeStore {
  vmType(name: string): Promise<VmTypeRow | null>;
  /** The same, and it stays until the commit: for whoever is about to refer to it. */
  useVmType(name: string): Promise<VmTypeRow | null>;
  /** Smallest first. */
  vmTypes(): Promise<VmTypeRow[]>;
  /** False: the name is taken. */
  insertVmType(row: VmTypeRow): Promise<boolean>;
  /** CAS on the revision, which rises by one. */
  updateVmType(name: string, rev: number, set: Partial<Omit<VmTypeRow, 'name' | 'rev' | 'createdAt'>>): Promise<boolean>;
  /** CAS on the revision. Whoever deletes looks for users afterwards, and leaves the transaction when there are any: then no new one can come. */
  deleteVmType(name: string, rev: number): Promise<boolean>;
}
