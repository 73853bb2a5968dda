// Orphans get a table, and a node that was switched off a mark: the registration in which that happened. An index nothing asked for goes.
import { type MigrationInterface, type QueryRunner, Table, TableColumn } from 'typeorm';

export class Orphans1763730000000 implements MigrationInterface {
  readonly name = 'Orphans1763730000000';

  async up(runner: QueryRunner): Promise<void> {
    const text = (name: string, length: number, more: { isPrimary?: true; isNullable?: true } = {}) => ({ name, type: 'varchar', length: String(length), ...more });
    await runner.createTable(new Table({
      name: 'orphans',
      columns: [
        text('daemonId', 40, { isPrimary: true }), text('item', 80, { isPrimary: true }), text('kind', 16), text('name', 64), text('what', 200), { name: 'sizeBytes', type: 'bigint' },
        text('why', 300), text('kept', 300, { isNullable: true }), { name: 'ended', type: 'integer' }, { name: 'since', type: 'bigint' },
      ],
    }), true);
    // A start that died half-way is taken up again: only what is missing is done.
    if (!(await runner.hasColumn('daemons', 'fencedEpoch'))) await runner.addColumn('daemons', new TableColumn({ name: 'fencedEpoch', type: 'integer', isNullable: true }));
    const versions = await runner.getTable('image_versions');
    if (versions?.indices.some((index) => index.name === 'ix_versions_parent')) await runner.dropIndex('image_versions', 'ix_versions_parent');
  }

  async down(): Promise<void> {
    throw new Error('what was found cannot be forgotten: restore a backup');
  }
}
