// Named places at which a process may be told to kill itself, for the kill tests. Daemons make one from their configuration
// and hand it to the saga and the executor; without a spec it does nothing.

export type Failpoint = (name: string) => void;

const NAME = /^[A-Za-z0-9-]+(:[A-Za-z0-9-]+)+$/;

/** As hard as a power cut: no handler runs, nothing is flushed. */
const killMyself = (): void => {
  process.kill(process.pid, 'SIGKILL');
  // The signal arrives a moment later; nothing more may happen until then.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
};

/**
 * `spec`: names separated by commas, e.g. `cloneDisk:do:before`, `fetchImage:do:after`, `outbox:before`. Each fires once.
 * @throws Error on a name that could never fire, so that a test with a typing mistake does not pass by doing nothing
 */
export function createFailpoints(spec: string | undefined, kill: (name: string) => void = killMyself): Failpoint {
  const armed = new Set((spec ?? '').split(',').map((s) => s.trim()).filter((s) => s !== ''));
  for (const name of armed) if (!NAME.test(name)) throw new Error(`failpoint "${name}" is not of the form job:do:before`);
  return (name) => {
    if (armed.delete(name)) kill(name);
  };
}
