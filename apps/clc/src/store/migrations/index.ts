// All migrations, oldest first.
import { Initial1763640000000 } from './0001-initial.ts';

export const migrations = [Initial1763640000000];
