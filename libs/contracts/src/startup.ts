// How a guest starts: what it looks for a system on first, and whether its firmware lets somebody choose.
import { z } from 'zod';
import { BOOT_FROM } from './class-of-instances.ts';

export const Startup = z.strictObject({
  bootFrom: z.enum(BOOT_FROM).default('disk'),
  /** How long its firmware shows the menu of what to start from; 0: not at all. */
  bootMenuSeconds: z.number().int().min(0).max(60).default(0),
});
export type Startup = z.infer<typeof Startup>;
