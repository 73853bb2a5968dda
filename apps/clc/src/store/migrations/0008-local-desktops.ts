// Hosts of local desktops: their own beat, owner group and wake-up card stand with the daemon; what they have and what was run there has tables.
import { type MigrationInterface, type QueryRunner, Table, TableColumn, type TableColumnOptions } from 'typeorm';

const text = (name: string, length: number, more: { isPrimary?: true; isNullable?: true } = {}): TableColumnOptions => ({ name, type: 'varchar', length: String(length), ...more });
const of = (type: string) => (name: string, more: { isNullable?: true } = {}): TableColumnOptions => ({ name, type, ...more });
const [int, big] = [of('integer'), of('bigint')] as const;
const maybe = { isNullable: true } as const;
const index = (name: string, ...columnNames: string[]) => ({ name, columnNames });

export class LocalDesktops1763780000000 implements MigrationInterface {
  readonly name = 'LocalDesktops1763780000000';

  async up(runner: QueryRunner): Promise<void> {
    // A start that died half-way is taken up again: only what is missing is done.
    for (const column of [int('heartbeatMs', maybe), text('ownerGroup', 200, maybe), text('mac', 17, maybe)]) {
      if (!(await runner.hasColumn('daemons', column.name))) await runner.addColumn('daemons', new TableColumn(column));
    }
    await runner.createTable(new Table({
      name: 'local_desktops',
      columns: [
        text('hostId', 40, { isPrimary: true }), text('insId', 20, { isPrimary: true }), text('state', 16), int('synced', maybe), int('syncing', maybe), int('madeFrom', maybe),
        text('user', 64, maybe), big('startedAt', maybe), int('epoch'), big('seq'), big('at'),
      ],
      indices: [index('ix_local_desktops_instance', 'insId')],
    }), true);
    await runner.createTable(new Table({
      name: 'local_uses',
      columns: [
        text('id', 40, { isPrimary: true }), text('hostId', 40), text('insId', 20), text('name', 128), text('user', 64, maybe), int('version'),
        big('startedAt'), big('stoppedAt', maybe), text('how', 20, maybe), big('createdAt'),
      ],
      indices: [index('ix_local_uses_page', 'createdAt', 'id'), index('ix_local_uses_instance', 'insId', 'createdAt', 'id'), index('ix_local_uses_host', 'hostId', 'createdAt', 'id')],
    }), true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('local_uses');
    await runner.dropTable('local_desktops');
    for (const name of ['mac', 'ownerGroup', 'heartbeatMs']) await runner.dropColumn('daemons', name);
  }
}
