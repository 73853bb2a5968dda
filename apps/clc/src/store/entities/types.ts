// Tables of VM types and OS types.
import type { Columns } from '@educloud/database';
import { EntitySchema } from 'typeorm';
import type { OsTypeRow, VmTypeRow } from '../interface.ts';

export const vmTypes = (c: Columns) => new EntitySchema<VmTypeRow>({
  name: 'vm_types',
  columns: {
    name: c.text(32, { primary: true }), memoryMiB: c.int(), cpus: c.int(), diskGiB: c.int(), description: c.longText(), rev: c.int(), createdAt: c.big(), updatedAt: c.big(),
  },
});

export const osTypes = (c: Columns) => new EntitySchema<OsTypeRow>({
  name: 'os_types',
  columns: {
    name: c.text(32, { primary: true }), title: c.text(128), diskBus: c.text(16), nicModel: c.text(16), video: c.text(16), audio: c.text(16), localtime: c.flag(),
    defaultVmType: c.text(32), rev: c.int(), createdAt: c.big(), updatedAt: c.big(),
  },
});
