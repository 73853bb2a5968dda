// One connection to RabbitMQ that comes back for ever. create-amqp-bus.ts holds two: a blocked publisher must not silence consumers.
import type { Logger } from '@educloud/log';
import { connect, type ChannelModel } from 'amqplib';
import { bounded } from './bounded.ts';

const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 2_000;
const CONNECT_TIMEOUT_MS = 10_000;
const HEARTBEAT_S = 10;
/** A timer may end that much before its time by another clock. */
const TIMER_SLACK_MS = 5;
/** A broker that has just started may leave a declaration unanswered for ever, with heartbeats going on. */
export const SETUP_TIMEOUT_MS = 5_000;

export interface Link {
  connected(): boolean;
  /** Why it is not connected, in plain words; '' while it is. */
  reason(): string;
  blocked(): boolean;
  /** Ends the present connection; the next one sets everything up again. */
  reopen(): void;
  close(): Promise<void>;
}

export interface LinkDeps {
  url: string;
  name: string;
  log: Logger;
  /** Runs after every (re)connect, before the link counts as connected. Throwing means: try again later. Says each time that the broker has answered something. */
  setup(model: ChannelModel, answered: () => void): Promise<void>;
  onChange(): void;
  onDown(reason: string): void;
}

/** amqplib silently ignores a heartbeat in the options; it reads the URL only. */
const withHeartbeat = (url: string): string => {
  const u = new URL(url);
  if (!u.searchParams.has('heartbeat')) u.searchParams.set('heartbeat', String(HEARTBEAT_S));
  return u.toString();
};

/** Ends the connection without the broker's help: every call under way on it rejects, and the recovery starts over. */
function sever(model: ChannelModel): void {
  const { stream } = model.connection as unknown as { stream: { destroy(e: Error): void } };
  stream.destroy(new Error('the broker did not answer'));
}

/** Resolves at once, connected or not: daemons start in any order. */
export async function createLink(deps: LinkDeps): Promise<Link> {
  const { name, log } = deps;
  let up = false;
  let blockedNow = false;
  let why = 'not connected yet';
  let current: ChannelModel | null = null;
  let closing = false;
  /** When the attempt to connect begins or began, as performance.now() says it; null while connected. */
  let attemptAt: number | null = 0;

  const down = (reason: string): void => {
    const was = up;
    up = blockedNow = false;
    why = reason;
    if (was) {
      log.warn({ link: name, reason }, 'lost the broker; connecting again');
      deps.onDown(reason);
    }
    deps.onChange();
  };

  const connection = await connect(withHeartbeat(deps.url), {
    noDelay: true,
    keepAlive: true,
    timeout: CONNECT_TIMEOUT_MS,
    clientProperties: { connection_name: name },
    recovery: {
      initialDelay: FIRST_DELAY_MS,
      maxDelay: MAX_DELAY_MS,
      factor: 2,
      jitter: 0.3,
      waitForConnect: false,
      async setup(model: ChannelModel) {
        current = model;
        // The recovering connection listens only after setup: without these an error in between would end the process.
        model.on('error', (e) => log.debug({ err: e, link: name }, 'connection error'));
        model.on('blocked', (reason) => {
          blockedNow = true;
          log.warn({ link: name, reason }, 'the broker has an alarm: publishing is refused');
          deps.onChange();
        });
        model.on('unblocked', () => {
          blockedNow = false;
          log.info({ link: name }, 'the broker accepts messages again');
          deps.onChange();
        });
        model.on('handler-error', (e, event) => log.error({ err: e, link: name, event }, 'listener failed'));
        if (closing) throw new Error('closed');
        blockedNow = false;
        // A connection that ends during setup leaves calls unanswered for ever, and its end would not be noticed afterwards.
        let ended: Error | null = null;
        let giveUp: NodeJS.Timeout | undefined;
        const gone = new Promise<never>((_resolve, reject) => {
          model.on('close', (e?: Error) => reject((ended = e ?? new Error('the broker closed the connection'))));
          giveUp = setTimeout(() => {
            log.warn({ link: name }, 'the broker does not answer after connecting; connecting again');
            reject(new Error('the broker does not answer after connecting'));
          }, SETUP_TIMEOUT_MS);
        });
        // The time is for one answer, not for all of them: there may be many queues, and just then the broker has much to do.
        const answered = (): void => void giveUp?.refresh();
        gone.catch(() => undefined);
        try {
          await Promise.race([deps.setup(model, answered), gone]);
          if (ended) throw ended as Error;
        } catch (e) {
          deps.onDown(e instanceof Error ? e.message : String(e));
          // amqplib closes the connection of a failed setup in order, and waits for ever when nobody answers that.
          sever(model);
          await bounded(new Promise<void>((resolve) => (ended ? resolve() : model.once('close', () => resolve()))));
          throw e;
        } finally {
          clearTimeout(giveUp);
        }
      },
    },
  });
  connection.on('reconnect-scheduled', ({ delay }) => (attemptAt = performance.now() + delay));
  connection.on('connect', () => {
    attemptAt = null;
    if (closing) return;
    up = true;
    why = '';
    log.info({ link: name }, 'connected to the broker');
    deps.onChange();
  });
  connection.on('disconnect', (e: Error) => down(e.message));
  connection.on('connect-failed', (e: Error) => {
    if (why !== e.message) log.warn({ link: name, reason: e.message }, 'the broker cannot be reached; trying again');
    down(e.message);
  });
  connection.on('error', () => undefined); // logged above; 'disconnect' follows
  connection.on('handler-error', (e: unknown, event: string) => log.error({ err: e, link: name, event }, 'listener failed'));

  return {
    connected: () => up,
    reason: () => why,
    blocked: () => blockedNow,
    reopen() {
      if (current) sever(current);
    },
    async close() {
      closing = true;
      up = false;
      why = 'closed';
      // amqplib closes what it has just opened without listening to it: an error of that line would end the process. Our setup listens, and refuses it.
      if (attemptAt !== null && attemptAt - TIMER_SLACK_MS <= performance.now()) {
        await bounded(new Promise<void>((resolve) => void connection.once('connect', () => resolve()).once('connect-failed', () => resolve())));
      }
      await bounded(connection.close());
      if (current) sever(current); // nothing to do when it closed in order
    },
  };
}
