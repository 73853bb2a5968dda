// What became of each local desktop on this host, written down before anything is done: a node controller that was killed goes on from it.
import { z } from 'zod';
import { GuestHardware, ImageRef, Lifetime, LocalState, Said, WireError } from '@educloud/contracts';
import { readJsonFile, writeDurably } from '@educloud/images';

const Desk = z.object({
  id: z.string(), name: z.string(), lifetime: Lifetime,
  phase: LocalState,
  /** What its present disk is made from; null = it has none. */
  madeFrom: ImageRef.nullable(),
  /** Of the run under way. `spec`: as the guest was, or is being, started. */
  use: z.object({ id: z.string(), user: z.string().nullable(), fresh: z.boolean(), startedAt: z.number().nullable(), spec: z.object({ hardware: GuestHardware, memoryMiB: z.number(), cpus: z.number(), diskBytes: z.number() }) }).nullable(),
  stop: z.object({ graceMs: z.number(), force: z.boolean() }).nullable(),
  error: WireError.nullable(), said: Said.nullable(),
  /** Its definition was deleted: everything goes once it is off. */
  ended: z.boolean(),
});
export type Desk = z.infer<typeof Desk>;
const Book = z.object({ desks: z.array(Desk) });

export interface DeskBook {
  /** As it is on the disk. */
  get(id: string): Desk | null;
  all(): Desk[];
  /** On the disk when it resolves. */
  put(desk: Desk): Promise<Desk>;
  change(id: string, set: Partial<Omit<Desk, 'id'>>): Promise<Desk>;
  remove(id: string): Promise<void>;
}

export async function openDeskBook(file: string): Promise<DeskBook> {
  const read = Book.safeParse(await readJsonFile(file));
  let desks = new Map((read.success ? read.data.desks : []).map((desk) => [desk.id, desk]));
  // One write after another. What the disk did not take has not happened: otherwise a start that failed would be under way for ever.
  let writing: Promise<unknown> = Promise.resolve();
  const write = <T>(edit: (next: Map<string, Desk>) => T): Promise<T> => {
    const mine = writing.then(async () => {
      const next = new Map(desks);
      const result = edit(next);
      await writeDurably(file, JSON.stringify({ desks: [...next.values()] }));
      desks = next;
      return result;
    });
    writing = mine.catch(() => undefined);
    return mine;
  };
  const put = (next: Map<string, Desk>, desk: Desk): Desk => {
    next.set(desk.id, desk);
    return desk;
  };
  return {
    get: (id) => desks.get(id) ?? null,
    all: () => [...desks.values()],
    put: (desk) => write((next) => put(next, desk)),
    change: (id, set) => write((next) => {
      const desk = next.get(id);
      if (!desk) throw new Error(`no local desktop ${id} in the book`);
      return put(next, { ...desk, ...set });
    }),
    remove: (id) => write((next) => void next.delete(id)),
  };
}
