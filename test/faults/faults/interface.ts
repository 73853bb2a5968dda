// One kind of trouble: what it can be done to, and how it is undone. The schedule picks, the campaign does.
import type { Seeded } from '../seeded.ts';
import type { Rig } from '../rig/interface.ts';

/** What there is to break: known before anything runs, so that a schedule depends on nothing else. */
export interface Shape { hypervisor: 'fake' | 'libvirt'; nodes: number; controllers: number }

export type Heal = () => Promise<void>;

export interface Fault {
  name: string;
  /** In a fixed order. */
  targets(shape: Shape): string[];
  /** Two faults that touch the same never overlap. */
  touches(target: string): string[];
  /** How long it lasts, in seconds. */
  lastsSeconds: { from: number; to: number };
  /** How often it is chosen beside the others. Default 1. */
  weight?: number;
  /** @returns what was done exactly, and the way back */
  inject(rig: Rig, target: string, random: Seeded): Promise<{ detail: unknown; heal: Heal }>;
}
