// Every setting of the CLC, with its default. config/clc.yaml explains each for the administrator.
import { z } from 'zod';
import { daemonSettings, failAt } from '@educloud/config';
import { DoorConfig } from './door-config.ts';

const GiB = 1024 ** 3;

export const ClcConfig = DoorConfig.extend({
  ...daemonSettings('clc', 8771),
  databaseUrl: z.string().default(''),
  busUrl: z.string().default('embedded:clc'),
  redisUrl: z.string().default(''),
  images: z
    .strictObject({
      /** No image may have a larger virtual disk. */
      maxVirtualBytes: z.coerce.number().int().positive().default(2048 * GiB),
      maxUploadBytes: z.coerce.number().int().positive().default(512 * GiB),
      uploadHours: z.coerce.number().int().positive().default(24),
    })
    .prefault({}),
  tasks: z
    .strictObject({
      /** Slowest transfer that is still waited for; sets the deadline of transfers. */
      slowestBytesPerSecond: z.coerce.number().int().positive().default(2 * 1024 ** 2),
      stopGraceSeconds: z.coerce.number().int().min(0).default(60),
      startSeconds: z.coerce.number().int().positive().default(120),
    })
    .prefault({}),
  /** Local desktops (lvd). */
  local: z
    .strictObject({
      /** So long a host may start them without asking the cloud; renewed whenever it can ask. */
      leaseDays: z.coerce.number().positive().max(366).default(7),
    })
    .prefault({}),
  /** What daemons hold and nothing needs. */
  orphans: z
    .strictObject({
      /** Seen without interruption for so long before it is removed; nothing is removed for as long after a start either. */
      graceSeconds: z.coerce.number().positive().default(900),
      everySeconds: z.coerce.number().positive().default(30),
    })
    .prefault({}),
  networks: z
    .strictObject({
      /** So long at least nobody else gets an address that was given back. */
      quarantineSeconds: z.coerce.number().min(0).default(60),
    })
    .prefault({}),
  /** How long what has ended can be looked up. */
  history: z
    .strictObject({
      /** Longer than a daemon remembers its commands (30 days): after that a number may be used again. */
      taskDays: z.coerce.number().min(31).default(365),
      eventDays: z.coerce.number().min(1).default(30),
    })
    .prefault({}),
  failAt,
});
export type ClcConfig = z.output<typeof ClcConfig>;
