// The table of VM types.
import type { Columns } from '@educloud/database';
import { EntitySchema } from 'typeorm';
import type { VmTypeRow } from '../interface.ts';

export const vmTypes = (c: Columns) => new EntitySchema<VmTypeRow>({
  name: 'vm_types',
  columns: {
    name: c.text(32, { primary: true }), memoryMiB: c.int(), cpus: c.int(), diskGiB: c.int(), description: c.longText(), rev: c.int(), createdAt: c.big(), updatedAt: c.big(),
  },
});
