// The table of orphans: what daemons hold and nothing needs.
import type { Columns } from '@educloud/database';
import { EntitySchema } from 'typeorm';
import type { OrphanRow } from '../interface.ts';

export const orphans = (c: Columns) => new EntitySchema<OrphanRow>({
  name: 'orphans',
  columns: {
    daemonId: c.text(40, { primary: true }), item: c.text(80, { primary: true }), kind: c.text(16), name: c.text(64), what: c.text(200), sizeBytes: c.big(),
    why: c.text(300), kept: c.text(300, { nullable: true }), ended: c.flag(), since: c.big(),
  },
});
