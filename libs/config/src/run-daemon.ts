// The main of every daemon process: load, start, tell systemd, close on a signal, and exit with a code that says how it ended.
import { hasCode } from '@educloud/errors';

/** EX_CONFIG of sysexits.h; the systemd units do not restart on it. */
export const EXIT_CONFIG = 78;

export interface MainLog { info(o: object, m: string): void; warn(o: object, m: string): void; fatal(o: object, m: string): void }

export interface DaemonMain<C> {
  role: string;
  load(): C;
  log(config: C): MainLog;
  start(config: C): Promise<{ url?: string; ready(): Promise<void>; close(): Promise<void> }>;
  /** sd_notify: `READY=1`, `STOPPING=1`, `WATCHDOG=1`, `STATUS=…`. */
  notify?(state: string): void;
  /** Default 20 s; below systemd's TimeoutStopSec. */
  closeDeadlineMs?: number;
}

/** Never returns to a caller that still has work: the process ends here. */
export function runDaemon<C>(main: DaemonMain<C>): void {
  let config: C;
  try {
    config = main.load();
  } catch (e) {
    process.stderr.write(`${e instanceof Error ? e.message : String(e)}\n`);
    process.exit(hasCode(e, 'CONFIG_INVALID') ? EXIT_CONFIG : 1);
  }
  const log = main.log(config);
  const { role, notify } = main;
  const die = (e: unknown, what: string): void => {
    log.fatal({ err: e }, `${role}: ${what}`);
    process.exit(hasCode(e, 'CONFIG_INVALID') ? EXIT_CONFIG : 1);
  };
  process.on('uncaughtException', (e) => die(e, 'uncaught error'));
  process.on('unhandledRejection', (e) => die(e, 'unhandled rejection'));

  const started = main.start(config);
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) process.exit(1); // asked twice: the person does not want to wait
    stopping = true;
    notify?.('STOPPING=1');
    log.info({ signal }, `${role} stops`);
    const deadlineMs = main.closeDeadlineMs ?? 20_000;
    setTimeout(() => {
      log.fatal({}, `${role}: not closed within ${deadlineMs} ms; stopped by force`);
      // process.exit would wait for a thread that is stuck inside a library call.
      process.kill(process.pid, 'SIGKILL');
    }, deadlineMs).unref();
    started.then((daemon) => daemon.close()).then(
      () => process.exit(0),
      (e: unknown) => die(e, 'closing failed'),
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));

  started.then(
    (daemon) => {
      log.info({ url: daemon.url }, `${role} listens`);
      const watchdogUsec = Number(process.env['WATCHDOG_USEC'] ?? 0);
      if (notify && watchdogUsec > 0) setInterval(() => notify('WATCHDOG=1'), watchdogUsec / 2000).unref();
      // Ready for systemd as soon as it listens: registration may wait for other daemons, in any order of start.
      notify?.('READY=1');
      void daemon.ready().then(() => {
        notify?.('STATUS=registered and ready');
        log.info({}, `${role} is ready`);
      });
    },
    (e: unknown) => die(e, 'could not start'),
  );
}
