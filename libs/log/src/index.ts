// pino with the ids of what is being worked on, carried through async calls. Secrets are cut out by path and by shape.
import { AsyncLocalStorage } from 'node:async_hooks';
import pino, { type Logger, type DestinationStream } from 'pino';

export type { Logger } from 'pino';

export interface LogContext {
  tid?: string;
  jobId?: string;
  requestId?: string;
}

const context = new AsyncLocalStorage<LogContext>();

/** Everything logged inside carries these ids. */
export const withLogContext = <T>(ids: LogContext, work: () => T): T => context.run({ ...context.getStore(), ...ids }, work);

const REDACT = ['authorization', 'cookie', 'password', 'secret', 'joinToken', 'token', 'ticket', 'csrf'];
const redactPaths = REDACT.flatMap((k) => [k, `*.${k}`, `*.*.${k}`, `*.*.*.${k}`]).concat(['req.headers["set-cookie"]', 'res.headers["set-cookie"]']);

/** User and password in an URL, and bearer strings in free text. */
export const scrub = (text: string): string => text.replace(/(\w+:\/\/)[^/\s:@]*:[^/\s@]+@/g, '$1***:***@').replace(/\b(Bearer|Node) [\w.:~+/=-]{8,}/g, '$1 ***');

export interface LogOptions {
  role: string;
  level?: string;
  /** File to append to instead of standard output. */
  file?: string;
  stream?: DestinationStream;
}

export function createLog(options: LogOptions): Logger {
  const destination = options.stream ?? (options.file ? pino.destination({ dest: options.file, mkdir: true, sync: true }) : pino.destination({ dest: 1, sync: true }));
  return pino(
    {
      level: options.level ?? 'info',
      base: { role: options.role },
      redact: { paths: redactPaths, censor: '***' },
      mixin: () => ({ ...context.getStore() }),
      hooks: {
        logMethod(args, method) {
          method.apply(this, args.map((a) => (typeof a === 'string' ? scrub(a) : a)) as typeof args);
        },
      },
    },
    destination,
  );
}

export const silentLog = (): Logger => pino({ level: 'silent' });
