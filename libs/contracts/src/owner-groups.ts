// Owner groups: dotted paths of a school (`north.lab.row-2`), matched by whole segments. A definition for `a.b` reaches the hosts of `a.b` and of
// everything below it, never those of `a` nor of `a.bc`.
import { z } from 'zod';

export const OwnerGroup = z.string().max(200).regex(/^[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*$/u, 'an owner group is a path of names with dots between them, like school.lab-2');

/** May an instance of that group be placed on a host, or in a cluster, of this one? What is in no group is everybody's; what is in one takes only instances of its group, or of one above it. */
export const mayBePlaced = (of: string | null, host: string | null): boolean => host === null || (of !== null && reachesGroup(of, host));

/** @param of the group of a definition; null: everybody's. @param host that of a host; null: it is in none */
export function reachesGroup(of: string | null, host: string | null): boolean {
  if (of === null) return true;
  return host !== null && (host === of || host.startsWith(`${of}.`));
}
