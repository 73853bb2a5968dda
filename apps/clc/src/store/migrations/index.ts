// All migrations, oldest first.
import { Initial1763640000000 } from './0001-initial.ts';
import { Orphans1763730000000 } from './0002-orphans.ts';

export const migrations = [Initial1763640000000, Orphans1763730000000];
