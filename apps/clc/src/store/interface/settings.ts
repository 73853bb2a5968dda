// What the cloud controllers keep for themselves. Part of ../interface.

/** Keys the CLC made itself and needs again after a restart (ticket signing key). */
export interface SettingStore {
  get(key: string): Promise<string | null>;
  /** Insert if absent; returns what is stored then. */
  getOrInsert(key: string, value: string): Promise<string>;
}
