// The table of what guests are told at their first start, 1:1 with those user_instances that have one.
import type { Columns } from '@educloud/database';
import { EntitySchema } from 'typeorm';
import type { SeedRow } from '../interface.ts';

export const instanceSeeds = (c: Columns) => new EntitySchema<SeedRow>({ name: 'instance_seeds', columns: { id: c.text(20, { primary: true }), seed: c.json() } });
