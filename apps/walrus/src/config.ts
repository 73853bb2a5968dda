// Every setting of the image store, with its default. config/walrus.yaml explains each for the administrator.
import { z } from 'zod';

const GiB = 1024 ** 3;

export const WalrusConfig = z.strictObject({
  name: z.string().default('walrus-1'),
  dataDir: z.string().default('/var/lib/educloud/walrus'),
  listen: z.strictObject({ host: z.string().default('0.0.0.0'), port: z.coerce.number().int().min(0).max(65535).default(8773) }).prefault({}),
  /** Address under which CLC, CCs and people reach this store; empty = the address it listens on. */
  publicUrl: z.string().default(''),
  clcUrl: z.string().default('http://127.0.0.1:8771'),
  joinToken: z.string().optional(),
  /** Broker (vhost) of the CLC. */
  busUrl: z.string().default('embedded:clc'),
  slots: z.strictObject({ transfer: z.coerce.number().int().positive().default(4) }).prefault({}),
  /** Never filled by images. */
  reserveBytes: z.coerce.number().int().min(0).default(2 * GiB),
  /** An upload nobody continued for so long is removed. */
  uploadHours: z.coerce.number().positive().default(24),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Testing only: the process kills itself at this point, e.g. `deleteVersion:do:before`. */
  failAt: z.string().optional(),
});
export type WalrusConfig = z.output<typeof WalrusConfig>;
