// How a guest starts: what it looks for a system on first, whether its firmware lets somebody choose, and what it has beside the usual hardware.
import { z } from 'zod';
import { BOOT_FROM } from './class-of-instances.ts';

export const Startup = z.strictObject({
  bootFrom: z.enum(BOOT_FROM).default('disk'),
  /** How long its firmware shows the menu of what to start from; 0: not at all. */
  bootMenuSeconds: z.number().int().min(0).max(60).default(0),
  /** A channel for spice-vdagent, by which texts are copied over the screen. QEMU before 10.1 saves no guest that has one: it cannot be suspended. */
  clipboard: z.boolean().default(false),
});
export type Startup = z.infer<typeof Startup>;
