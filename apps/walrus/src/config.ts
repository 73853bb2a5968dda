// Every setting of the image store, with its default. config/walrus.yaml explains each for the administrator.
import { z } from 'zod';
import { bossUrl, daemonName, daemonSettings, failAt } from '@educloud/config';

const GiB = 1024 ** 3;

export const WalrusConfig = z.strictObject({
  name: daemonName('walrus-1'),
  ...daemonSettings('walrus', 8773),
  clcUrl: bossUrl('http://127.0.0.1:8771'),
  joinToken: z.string().optional(),
  /** Broker (vhost) of the CLC. */
  busUrl: z.string().default('embedded:clc'),
  slots: z.strictObject({ transfer: z.coerce.number().int().positive().default(4) }).prefault({}),
  /** Never filled by images. */
  reserveBytes: z.coerce.number().int().min(0).default(2 * GiB),
  /** An upload nobody continued for so long is removed. */
  uploadHours: z.coerce.number().positive().default(24),
  failAt,
});
export type WalrusConfig = z.output<typeof WalrusConfig>;
