// Room before and after writing big files, and DISK_FULL with what is missing. Used by both disk tools.
import { diskFull, freeBytes } from '@educloud/images';

/** Free bytes of the file system of a folder; `freeBytes` of libs/images, or what a test says. */
export interface FreeSpace {
  (dir: string): Promise<number>;
}

export interface RoomOptions {
  freeSpace?: FreeSpace;
  /** Kept free beyond what a step needs: the guests' overlays grow on the same disk. Default 64 MiB. */
  reserveBytes?: number;
  /** Gives back room that only a cache holds. @throws DISK_FULL */
  makeRoom?(neededBytes: number): Promise<void>;
}

export interface Room {
  /** @throws DISK_FULL */
  require(dir: string, neededBytes: number, where: string): Promise<void>;
  /** After an ENOSPC in the middle: what is missing now that the partial file is gone; at least one MiB, because it did not fit. */
  missingAfterwards(dir: string, neededBytes: number): Promise<number>;
}

export function createRoom({ freeSpace = freeBytes, reserveBytes = 64 * 1024 * 1024, makeRoom }: RoomOptions): Room {
  const missing = async (dir: string, neededBytes: number): Promise<number> => neededBytes + reserveBytes - (await freeSpace(dir));
  return {
    async require(dir, neededBytes, where) {
      let short = await missing(dir, neededBytes);
      if (short > 0 && makeRoom) {
        await makeRoom(neededBytes);
        short = await missing(dir, neededBytes);
      }
      if (short > 0) throw diskFull(where, short);
    },
    missingAfterwards: async (dir, neededBytes) => Math.max(await missing(dir, neededBytes), 1_048_576),
  };
}

export const isNoSpace = (e: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes((e as { code?: string } | null)?.code ?? '');
