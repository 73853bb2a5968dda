// Named places at which a process may be told to kill or stop itself, for the kill tests. Daemons make one from their configuration
// and hand it to the saga and the executor; without a spec it does nothing.

export type Failpoint = (name: string) => void;

const NAME = /^[A-Za-z0-9-]+(:[A-Za-z0-9-]+)+$/;
/** After a name: the process stops there, in the middle of what it does, until it gets SIGCONT. */
const STOP = '=stop';

/** As hard as a power cut: no handler runs, nothing is flushed. */
const killMyself = (): void => {
  process.kill(process.pid, 'SIGKILL');
  untilItArrives(10_000);
};
/** A signal arrives a moment later; nothing more may happen until then. */
const untilItArrives = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** As a machine that is suspended, or a process that gets no turn. */
const stopMyself = (): void => {
  process.kill(process.pid, 'SIGSTOP');
  untilItArrives(200);
};

/**
 * `spec`: names separated by commas, e.g. `cloneDisk:do:before`, `fetchImage:do:after`, `outbox:before`; each may end in `=stop`. Each fires once.
 * @throws Error on a name that could never fire, so that a test with a typing mistake does not pass by doing nothing
 */
export function createFailpoints(spec: string | undefined, kill: (name: string) => void = killMyself, stop: (name: string) => void = stopMyself): Failpoint {
  const armed = new Map((spec ?? '').split(',').map((s) => s.trim()).filter((s) => s !== '').map((s) => (s.endsWith(STOP) ? [s.slice(0, -STOP.length), stop] : [s, kill])));
  for (const name of armed.keys()) if (!NAME.test(name)) throw new Error(`failpoint "${name}" is not of the form job:do:before`);
  return (name) => {
    const act = armed.get(name);
    armed.delete(name);
    act?.(name);
  };
}
