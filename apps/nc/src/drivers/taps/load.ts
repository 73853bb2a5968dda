// Chooses how the taps of bridged cards are guarded: really where guests are real.
import { createFakeTaps } from './fake.ts';
import type { Taps } from './interface.ts';
import { createNftablesTaps, type NftablesTapsOptions } from './nftables.ts';

export type TapsChoice = { kind: 'fake'; bridges: readonly string[] } | ({ kind: 'nftables' } & NftablesTapsOptions);

export const loadTaps = (choice: TapsChoice): Taps => (choice.kind === 'fake' ? createFakeTaps(choice) : createNftablesTaps(choice));
