// What the configured pools hold and whether they can be written. Called for registration, reports and /readyz.
import { access, constants, statfs } from 'node:fs/promises';
import type { StoragePool } from '@educloud/contracts';
import type { z } from 'zod';

export interface PoolConfig {
  name: string;
  path: string;
}

async function lookAt(pool: PoolConfig): Promise<z.infer<typeof StoragePool>> {
  try {
    await access(pool.path, constants.W_OK);
    const disk = await statfs(pool.path);
    return { ...pool, totalBytes: disk.blocks * disk.bsize, freeBytes: disk.bavail * disk.bsize, healthy: true, message: '' };
  } catch (e) {
    return { ...pool, totalBytes: 0, freeBytes: 0, healthy: false, message: `cannot be used: ${(e as NodeJS.ErrnoException).code ?? 'unknown'}` };
  }
}

export const lookAtPools = (pools: readonly PoolConfig[]): Promise<Array<z.infer<typeof StoragePool>>> => Promise.all(pools.map(lookAt));
