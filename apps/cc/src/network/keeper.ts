// Keeps the network of the cluster as the CLC wants it: pull the whole state, apply it, report what is true now. One at a time; who asks meanwhile
// waits for the next, so that twenty starts at once cost two of them. Used by openAccess and closeAccess, at each registration and once a minute.
import { inWords, type ClusterNetworkApplied, type ClusterNetworkState, type ErrorCode, type Said, say } from '@educloud/contracts';
import { CloudError, toWire } from '@educloud/errors';

/** What could not be brought about, and why. */
export interface Refusal { id: string; insId: string; code: ErrorCode; why: Said }
export interface Outcome {
  rev: number;
  /** How many things were changed on this host. */
  changed: number;
  refused: Refusal[];
}

export interface NetworkKeeper {
  /** Resolves when the state of revision `rev`, or a later one, is what is true. @throws NOT_READY the CLC does not say what it wants */
  atLeast(rev: number): Promise<Outcome>;
  /** What is wanted now, not what was wanted when a pass under way began: for whoever takes back, and knows no revision for it. @throws NOT_READY */
  fresh(): Promise<Outcome>;
  /** Looks at everything anew, also at what somebody else may have changed on this host. Never throws. */
  lookAgain(): Promise<void>;
  close(): Promise<void>;
}

export interface KeeperDeps {
  pull(): Promise<ClusterNetworkState>;
  report(applied: ClusterNetworkApplied): Promise<void>;
  /** `look`: trust nothing remembered of this host. */
  apply(state: ClusterNetworkState, options: { look: boolean }): Promise<Omit<Outcome, 'rev'>>;
  log: { info(o: object, m: string): void; warn(o: object, m: string): void };
}

export function createNetworkKeeper(deps: KeeperDeps): NetworkKeeper {
  const { log } = deps;
  let running: Promise<Outcome> | null = null;
  let next: Promise<Outcome> | null = null;
  let look = true;
  let reported = '';
  let closed = false;

  async function once(): Promise<Outcome> {
    const looking = look;
    look = false;
    try {
      const state = await deps.pull();
      const { changed, refused } = await deps.apply(state, { look: looking });
      const outcome = { rev: state.rev, changed, refused };
      if (changed > 0 || refused.length > 0) log.info({ rev: state.rev, changed, refused: refused.length }, 'the network of the cluster was applied');
      report(outcome);
      return outcome;
    } catch (e) {
      look = true;
      throw e;
    }
  }

  /** Nobody waits for it: addresses of older revisions stay in quarantine until the CLC has heard. The same words are not said twice. */
  function report({ rev, refused }: Outcome): void {
    const applied: ClusterNetworkApplied = { rev, refused: refused.slice(0, 1000).map(({ id, insId, code, why }) => ({ id, insId, code, reason: inWords(why, 'en').slice(0, 1000), why })) };
    const words = JSON.stringify(applied);
    if (words === reported) return;
    reported = words;
    deps.report(applied).catch((e: unknown) => {
      if (reported === words) reported = '';
      log.warn({ error: toWire(e) }, 'the CLC did not hear which network is applied; it is told again');
    });
  }

  /** A pass that begins after this call. */
  function pass(): Promise<Outcome> {
    if (closed) return Promise.reject(new CloudError('NOT_READY', say('networkNotPulled')));
    if (!running) {
      running = once().finally(() => { running = null; });
      return running;
    }
    next ??= running.catch(() => undefined).then(() => {
      next = null;
      return pass();
    });
    return next;
  }

  return {
    async atLeast(rev) {
      // What is under way may already be new enough.
      const under = running ? await running.catch(() => null) : null;
      if (under && under.rev >= rev) return under;
      const outcome = await pass();
      if (outcome.rev < rev) throw new CloudError('NOT_READY', say('networkNotPulled'), { retryable: true, internal: { wanted: rev, pulled: outcome.rev } });
      return outcome;
    },
    fresh: pass,
    async lookAgain() {
      look = true;
      await pass().catch((e: unknown) => log.warn({ error: toWire(e) }, 'the network of the cluster could not be applied; it is tried again'));
    },
    async close() {
      closed = true;
      await Promise.allSettled([running, next]);
    },
  };
}
