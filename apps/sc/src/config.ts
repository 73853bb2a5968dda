// Every setting of the storage controller, with its default. config/sc.yaml explains each for the administrator.
import { z } from 'zod';

export const ScConfig = z.strictObject({
  name: z.string().default('sc-1'),
  dataDir: z.string().default('/var/lib/educloud/sc'),
  listen: z.strictObject({ host: z.string().default('0.0.0.0'), port: z.coerce.number().int().min(0).max(65535).default(8775) }).prefault({}),
  /** Address under which the CLC reaches it; empty = the address it listens on. */
  publicUrl: z.string().default(''),
  clcUrl: z.string().default('http://127.0.0.1:8771'),
  joinToken: z.string().optional(),
  /** Broker (vhost) of the CLC. */
  busUrl: z.string().default('embedded:clc'),
  /** Directories that hold volumes; empty = one pool `default` in dataDir. */
  pools: z.array(z.strictObject({ name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/), path: z.string().min(1) })).default([]),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});
export type ScConfig = z.output<typeof ScConfig>;
