// The settings that all daemons share, so that they mean the same everywhere and a mistake is found at start. Used by each daemon's config.ts.
import { RegisterRequest, type Role } from '@educloud/contracts';
import { z } from 'zod';

const isHttp = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
const httpAddress = z.string().refine(isHttp, 'an address begins with http:// or https://');

/** Address of another daemon. */
export const bossUrl = (fallback: string) => httpAddress.default(fallback);
/** Name under which a daemon registers. */
export const daemonName = (fallback: string) => RegisterRequest.shape.name.default(fallback);

export const daemonSettings = (role: Role, port: number) => ({
  dataDir: z.string().min(1).default(`/var/lib/educloud/${role}`),
  listen: z.strictObject({ host: z.string().default('0.0.0.0'), port: z.coerce.number().int().min(0).max(65535).default(port) }).prefault({}),
  /** Address under which others reach this daemon; empty = the address it listens on. */
  publicUrl: z.string().refine((text) => text === '' || isHttp(text), 'an address begins with http:// or https://').default(''),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Testing only: a file with the milliseconds by which this daemon's clock is wrong. */
  clockFile: z.string().default(''),
});

/** Testing only: the process kills itself at this point, e.g. `cloneDisk:do:before`. */
export const failAt = z.string().optional();
