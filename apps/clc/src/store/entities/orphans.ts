// The table of orphans: what daemons hold and nothing needs.
import type { Columns } from '@educloud/database';
import { EntitySchema } from 'typeorm';
import type { OrphanRow } from '../interface.ts';
import { said, saidOrNull } from './said-column.ts';

export const orphans = (c: Columns) => new EntitySchema<OrphanRow>({
  name: 'orphans',
  columns: {
    daemonId: c.text(40, { primary: true }), item: c.text(80, { primary: true }), kind: c.text(16), name: c.text(64), what: { ...c.text(200), transformer: said }, sizeBytes: c.big(),
    why: { ...c.text(300), transformer: said }, kept: { ...c.text(300, { nullable: true }), transformer: saidOrNull }, ended: c.flag(), since: c.big(),
  },
});
