// Asks the database who somebody is, and gives up soon: a database that hangs (not one that is gone) would leave every request
// waiting for its long timeout. Nothing is changed by what is asked here, so giving up loses nothing.
import { CloudError } from '@educloud/errors';

const WITHIN_MS = 4_000;

/** @throws DATABASE_UNAVAILABLE when there is no answer in time */
export async function promptly<T>(asked: Promise<T>, withinMs = WITHIN_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CloudError('DATABASE_UNAVAILABLE', `the database did not answer within ${withinMs / 1000} s`)), withinMs);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
