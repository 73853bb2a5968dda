// The images people may build from: uploaded ones, and what other people submitted.
import type { Seeded } from '../seeded.ts';

export interface Pool {
  add(imageId: string): void;
  forget(imageId: string): void;
  pick(dice: Seeded): string | null;
  size(): number;
}

const MOST = 40;

export function createPool(): Pool {
  const images: string[] = [];
  return {
    add(imageId) {
      if (!images.includes(imageId) && images.length < MOST) images.push(imageId);
    },
    forget(imageId) {
      const at = images.indexOf(imageId);
      if (at >= 0) images.splice(at, 1);
    },
    pick: (dice) => (images.length > 0 ? dice.pick(images) : null),
    size: () => images.length,
  };
}
