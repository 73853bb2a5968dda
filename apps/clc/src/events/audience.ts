// Who may see an event: an admin all of them, a user those of his own tasks and instances, and of images.
import type { UserRole } from '@educloud/contracts';
import type { EventRow, TaskStore, UserInstanceStore } from '../store/interface.ts';

export interface Audience {
  maySee(who: { user: string; role: UserRole }, kind: EventRow['kind'], subject: string): Promise<boolean>;
}

const REMEMBERED = 5_000;

export function createAudience({ tasks, userInstances }: { tasks: Pick<TaskStore, 'task'>; userInstances: Pick<UserInstanceStore, 'userInstance'> }): Audience {
  const owners = new Map<string, string>(); // an owner never changes

  async function ownerOf(kind: 'task' | 'instance', subject: string): Promise<string | null> {
    const known = owners.get(subject);
    if (known !== undefined) return known;
    const row = kind === 'task' ? await tasks.task(subject) : await userInstances.userInstance(subject);
    if (!row) return null;
    if (owners.size >= REMEMBERED) owners.delete(owners.keys().next().value as string);
    owners.set(subject, row.owner);
    return row.owner;
  }
  return {
    async maySee(who, kind, subject) {
      if (who.role === 'admin' || kind === 'image') return true;
      return (kind === 'task' || kind === 'instance') && (await ownerOf(kind, subject)) === who.user;
    },
  };
}
