// What is kept of builds of images, and the only ways to change it. Part of ../interface.
import type { ImageUsage, Kept, Phase, PhaseState, Placement, Said, Step, TaskState, VmStatus, WireError } from '@educloud/contracts';
import type { PageOf, PageRequest } from './page.ts';

/** The build of one version of an image, from `src` to `dst`. */
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
  /** Those there are, in no order. */
  tasksOf(tids: string[]): Promise<TaskRow[]>;
  /** Without deleted ones. Newest first. */
  tasks(page: PageRequest & { owner?: string; active?: boolean }): Promise<PageOf<TaskRow>>;
  /**
   * CAS on phase/state being one of `from`, checks the transition table, never lowers progress within a phase, bumps rev,
   * and appends the task event in the same transaction. Returns the row after the change; null = it is in none of `from`.
   */
  changeTask(tid: string, from: PhaseState[], change: TaskChange): Promise<TaskRow | null>;
  /** `active`: not ended; `stuck`: among them those that wait for a person. */
  counts(): Promise<{ active: number; stuck: number }>;
}
