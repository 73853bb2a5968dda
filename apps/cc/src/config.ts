// Every setting of a cluster controller, with its default. config/cc.yaml explains each for the administrator.
import { z } from 'zod';
import { bossUrl, daemonName, daemonSettings, failAt } from '@educloud/config';
import { ClusterUsage } from '@educloud/contracts';

const GiB = 1024 ** 3;

export const CcConfig = z.strictObject({
  name: daemonName('cluster-1'),
  ...daemonSettings('cc', 8772),
  clcUrl: bossUrl('http://127.0.0.1:8771'),
  joinToken: z.string().optional(),
  usages: z.array(ClusterUsage).min(1).default(['vs', 'rvd']),
  /** Broker (vhost) that is shared with CLC, Walrus and SC. */
  busUrl: z.string().default('embedded:clc'),
  /** Broker (vhost) of the cluster, shared with its nodes alone. */
  clusterBusUrl: z.string().default('embedded:cluster-1'),
  slots: z.strictObject({ transfer: z.coerce.number().int().positive().default(4) }).prefault({}),
  reserveBytes: z.coerce.number().int().min(0).default(2 * GiB),
  failAt,
});
export type CcConfig = z.output<typeof CcConfig>;
