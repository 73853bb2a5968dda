// Who may see an event: an admin all of them, a user those of his own tasks, instances and batches, and of images.
import type { UserRole } from '@educloud/contracts';
import type { BatchStore, EventRow, TaskStore, UserInstanceStore } from '../store/interface.ts';

export interface Audience {
  maySee(who: { user: string; role: UserRole }, kind: EventRow['kind'], subject: string): Promise<boolean>;
}

const REMEMBERED = 5_000;

export function createAudience(read: { tasks: Pick<TaskStore, 'task'>; userInstances: Pick<UserInstanceStore, 'userInstance'>; batches: Pick<BatchStore, 'batch'> }): Audience {
  const owners = new Map<string, string>(); // an owner never changes

  const rowOf = {
    task: (id: string) => read.tasks.task(id),
    instance: (id: string) => read.userInstances.userInstance(id),
    batch: (id: string) => read.batches.batch(id),
  } as const;

  async function ownerOf(kind: keyof typeof rowOf, subject: string): Promise<string | null> {
    const known = owners.get(subject);
    if (known !== undefined) return known;
    const row = await rowOf[kind](subject);
    if (!row) return null;
    if (owners.size >= REMEMBERED) owners.delete(owners.keys().next().value as string);
    owners.set(subject, row.owner);
    return row.owner;
  }
  return {
    async maySee(who, kind, subject) {
      if (who.role === 'admin' || kind === 'image') return true;
      return kind !== 'node' && (await ownerOf(kind, subject)) === who.user;
    },
  };
}
