// Scripts of several tables that are wanted at the same time, as one transaction: the kernel takes about as long for one table as for two.
import type { NftRun } from './run-nft.ts';

interface Waiting { script: string; resolve(out: string): void; reject(e: unknown): void }

/** Scripts that are handed over in the same turn of the event loop run together; should that be refused, each runs alone and hears its own answer. */
export function inOneGo(run: NftRun): NftRun {
  let waiting: Waiting[] = [];
  const alone = ({ script, resolve, reject }: Waiting): Promise<void> => run(['-f', '-'], script).then(resolve, reject);

  async function go(): Promise<void> {
    const all = waiting;
    waiting = [];
    if (all.length > 1 && (await run(['-f', '-'], all.map(({ script }) => script).join('')).then(() => true, () => false))) {
      for (const { resolve } of all) resolve('');
      return;
    }
    for (const one of all) await alone(one);
  }
  return (args, script) => {
    if (args.join(' ') !== '-f -' || script === undefined) return run(args, script);
    return new Promise((resolve, reject) => {
      if (waiting.push({ script, resolve, reject }) === 1) setImmediate(() => void go());
    });
  };
}
