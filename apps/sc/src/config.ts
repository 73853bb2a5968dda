// Every setting of the storage controller, with its default. config/sc.yaml explains each for the administrator.
import { z } from 'zod';
import { bossUrl, daemonName, daemonSettings } from '@educloud/config';

export const ScConfig = z.strictObject({
  name: daemonName('sc-1'),
  ...daemonSettings('sc', 8775),
  clcUrl: bossUrl('http://127.0.0.1:8771'),
  joinToken: z.string().optional(),
  /** Broker (vhost) of the CLC. */
  busUrl: z.string().default('embedded:clc'),
  /** Directories that hold volumes; empty = one pool `default` in dataDir. */
  pools: z.array(z.strictObject({ name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/), path: z.string().min(1) })).default([]),
});
export type ScConfig = z.output<typeof ScConfig>;
