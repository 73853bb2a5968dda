// Who leads among the cloud controllers. Part of ../interface.

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
/** One row, in the database's own time: clocks of controllers do not count. Times are ms. */
export interface LeaseStore {
  /** As it stands by the database's clock. */
  lease(): Promise<Lease>;
  /** The new epoch; null = somebody holds it. @param own also while `holder` itself holds it: an earlier process of the same controller */
  takeLease(holder: string, ms: number, own: boolean): Promise<number | null>;
  /** False: the epoch has been replaced. */
  renewLease(epoch: number, ms: number): Promise<boolean>;
  /** Anybody may take it at once; nothing happens when the epoch has been replaced. */
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
