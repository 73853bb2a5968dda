// Sends results until the bus has confirmed them. What is on its way survives a lost bus by trying again, and a crash by the journal.
import type { Envelope } from '@educloud/contracts';

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5000;

export interface Reporter {
  /**
   * `make` builds the envelope at the moment it is sent, with the registration of then.
   * @param confirmed notes that it has arrived; asked again until it succeeds
   */
  report(id: string, make: () => Envelope, confirmed: () => void | Promise<void>): void;
  /** Tries at once what is pausing; also after the first registration. */
  wake(): void;
  close(): Promise<void>;
}

export function createReporter(options: { send(envelope: Envelope): Promise<void>; ready(): boolean; log: { warn(o: object, m?: string): void } }): Reporter {
  const underWay = new Map<string, Promise<void>>();
  const pausing = new Set<() => void>();
  let closed = false;

  const pause = (ms: number | null): Promise<void> =>
    new Promise((resolve) => {
      const go = (): void => {
        if (timer) clearTimeout(timer);
        pausing.delete(go);
        resolve();
      };
      const timer = ms === null ? null : setTimeout(go, ms);
      pausing.add(go);
    });

  async function deliver(id: string, make: () => Envelope, confirmed: () => void | Promise<void>): Promise<void> {
    let sent = false;
    for (let failures = 0; !closed; ) {
      if (!sent && !options.ready()) {
        await pause(null);
        continue;
      }
      try {
        if (!sent) await options.send(make());
        sent = true;
        // A full disk may not take the note now.
        return await confirmed();
      } catch (e) {
        failures++;
        if (failures === 1 || failures % 100 === 0) options.log.warn({ id, err: e, failures }, sent ? 'result could not be noted as reported; will go on trying' : 'result not confirmed; will go on trying');
        await pause(Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10), MAX_PAUSE_MS));
      }
    }
  }

  return {
    report(id, make, confirmed) {
      if (closed || underWay.has(id)) return;
      underWay.set(id, deliver(id, make, confirmed).finally(() => underWay.delete(id)));
    },
    wake() {
      for (const go of [...pausing]) go();
    },
    async close() {
      closed = true;
      for (const go of [...pausing]) go();
      await Promise.all(underWay.values());
    },
  };
}
