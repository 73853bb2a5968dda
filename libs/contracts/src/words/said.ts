// A text as it is stored and sent: the code of a saying and its parameters. Everybody who shows it puts it into the reader's own language.
import { z } from 'zod';

/** Written as it is, a saying inside of a saying, or several of them. */
export type Part = string | number | null | undefined | Said | readonly Part[];
/** `args` may hold further sayings; checked when shown, so that one of a newer version harms nobody. */
export const Said = z.object({ code: z.string().max(60), args: z.record(z.string(), z.unknown()).optional() });
export type Said = z.infer<typeof Said>;
