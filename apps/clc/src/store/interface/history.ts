// What housekeeping asks of the store: that what ended long ago is forgotten. Part of ../interface.

/** What ended before a moment goes for good. Each does at most so much at a time and answers how much it was, so that no lock lasts. */
export interface HistoryStore {
  /** Tasks that were submitted, cancelled or deleted, with their plans, jobs and instances. */
  forgetTasks(before: number, limit: number): Promise<number>;
  /** People's instances that were deleted; not local desktops, of which a host may still have a disk. */
  forgetInstances(before: number, limit: number): Promise<number>;
  /** Plans of anything else than a task. */
  forgetPlans(before: number, limit: number): Promise<number>;
  /** Deleted images that no task and no version names any more. */
  forgetImages(before: number, limit: number): Promise<number>;
  /** Batches that have ended, with their members. */
  forgetBatches(before: number, limit: number): Promise<number>;
  forgetJoinTokens(before: number): Promise<number>;
  forgetLocalUses(before: number): Promise<number>;
}
