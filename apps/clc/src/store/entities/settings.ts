// The table of what the CLC made itself and needs again, e.g. its ticket signing key.
import type { Columns } from '@educloud/database';
import { EntitySchema } from 'typeorm';

export interface SettingRow { name: string; value: string }
export const settings = (c: Columns) => new EntitySchema<SettingRow>({
  name: 'settings',
  columns: { name: c.text(64, { primary: true }), value: c.longText() },
});
