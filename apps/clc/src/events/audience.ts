// Who may see an event: an admin all of them, a user those of his own tasks and of images.
import type { UserRole } from '@educloud/contracts';
import type { EventRow, TaskStore } from '../store/interface.ts';

export interface Audience {
  maySee(who: { user: string; role: UserRole }, kind: EventRow['kind'], subject: string): Promise<boolean>;
}

const REMEMBERED = 5_000;

export function createAudience(tasks: Pick<TaskStore, 'task'>): Audience {
  const owners = new Map<string, string>(); // an owner never changes

  async function ownerOf(tid: string): Promise<string | null> {
    const known = owners.get(tid);
    if (known !== undefined) return known;
    const row = await tasks.task(tid);
    if (!row) return null;
    if (owners.size >= REMEMBERED) owners.delete(owners.keys().next().value as string);
    owners.set(tid, row.owner);
    return row.owner;
  }
  return {
    async maySee(who, kind, subject) {
      if (who.role === 'admin' || kind === 'image') return true;
      return kind === 'task' && (await ownerOf(subject)) === who.user;
    },
  };
}
