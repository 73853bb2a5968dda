// Settings of the CLC's door and of membership; config.ts adds the rest.
import { z } from 'zod';

export const DoorConfig = z.strictObject({
  /** The first account, made when there is none. Without a password one is generated into `<dataDir>/admin-password`. */
  admin: z.strictObject({ user: z.string().min(1).max(64).default('admin'), password: z.string().min(8).max(1024).optional() }).prefault({}),
  sessions: z
    .strictObject({
      /** A session ends this long after its last use. */
      hours: z.number().positive().max(24 * 30).default(12),
      /** Failed logins of one user from one address within the window. */
      loginAttempts: z.number().int().min(1).default(10),
      /** Failed logins from one address, whatever the user. */
      loginAttemptsPerAddress: z.number().int().min(1).default(100),
      loginWindowSeconds: z.number().int().min(1).default(300),
    })
    .prefault({}),
  membership: z
    .strictObject({
      heartbeatMs: z.number().int().min(100).default(10_000),
      /** Of the nodes of clusters for local desktops alone. */
      hostHeartbeatMs: z.number().int().min(100).default(300_000),
      inventoryMs: z.number().int().min(500).default(60_000),
    })
    .prefault({}),
  /** How much of a node may be promised. */
  ledger: z
    .strictObject({
      cpuOvercommit: z.number().positive().default(8),
      memoryReserveMiB: z.number().int().min(0).default(512),
      diskReserveBytes: z.number().int().min(0).default(5 * 1024 ** 3),
    })
    .prefault({}),
});
export type DoorConfig = z.output<typeof DoorConfig>;
