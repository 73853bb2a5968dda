// Every setting of a cluster controller, with its default. config/cc.yaml explains each for the administrator.
import { z } from 'zod';
import { ClusterUsage } from '@educloud/contracts';

const GiB = 1024 ** 3;

export const CcConfig = z.strictObject({
  name: z.string().default('cluster-1'),
  dataDir: z.string().default('/var/lib/educloud/cc'),
  listen: z.strictObject({ host: z.string().default('0.0.0.0'), port: z.coerce.number().int().min(0).max(65535).default(8772) }).prefault({}),
  publicUrl: z.string().default(''),
  clcUrl: z.string().default('http://127.0.0.1:8771'),
  joinToken: z.string().optional(),
  usages: z.array(ClusterUsage).min(1).default(['vs', 'rvd']),
  /** Broker (vhost) that is shared with CLC, Walrus and SC. */
  busUrl: z.string().default('embedded:clc'),
  /** Broker (vhost) of the cluster, shared with its nodes alone. */
  clusterBusUrl: z.string().default('embedded:cluster-1'),
  slots: z.strictObject({ transfer: z.coerce.number().int().positive().default(4) }).prefault({}),
  reserveBytes: z.coerce.number().int().min(0).default(2 * GiB),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  failAt: z.string().optional(),
});
export type CcConfig = z.output<typeof CcConfig>;
