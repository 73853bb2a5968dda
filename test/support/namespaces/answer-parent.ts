// The far end of ./worker: orders of the parent are answered over the channel to it; without a parent the process ends.

type Work = Record<string, (...args: never[]) => Promise<unknown>>;

export function answerParent(work: Work): void {
  process.on('message', ({ id, what, args }: { id: number; what: string; args: never[] }) => {
    (work[what] ?? (() => Promise.reject(new Error(`no ${what}`))))(...args).then(
      (value) => process.send?.({ id, value }),
      (e: unknown) => process.send?.({ id, error: e instanceof Error ? e.message : String(e) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ id: 0 });
}
