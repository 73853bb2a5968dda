// Closing must not hang on a broker that does not answer: used by link.ts and subscription.ts.

const CLOSE_TIMEOUT_MS = 2_000;

/** Resolves when `work` has ended, well or badly, or after 2 s. */
export async function bounded(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work.catch(() => undefined), new Promise((resolve) => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)))]);
  clearTimeout(timer);
}
