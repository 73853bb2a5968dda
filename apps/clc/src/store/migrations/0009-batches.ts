// What is asked for many instances at once gets rows of its own: the batch, and what becomes of each of its members.
import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

export class Batches1763785000000 implements MigrationInterface {
  readonly name = 'Batches1763785000000';

  async up(runner: QueryRunner): Promise<void> {
    const json = runner.dataSource.options.type === 'mariadb' ? 'mediumtext' : 'text';
    const text = (name: string, length: number, more: { isPrimary?: true; isNullable?: true } = {}) => ({ name, type: 'varchar', length: String(length), ...more });
    const of = (type: string) => (name: string, more: { isPrimary?: true; isNullable?: true } = {}) => ({ name, type, ...more });
    const [int, big, object] = [of('integer'), of('bigint'), of(json)] as const;
    await runner.createTable(new Table({
      name: 'batches',
      columns: [
        text('id', 20, { isPrimary: true }), text('owner', 64), text('action', 16), text('name', 128), object('input'), text('state', 20), int('progress'), int('total'), object('counts'),
        int('rev'), big('createdAt'), big('updatedAt'), big('endedAt', { isNullable: true }),
      ],
      indices: [
        { name: 'ix_batches_page', columnNames: ['createdAt', 'id'] },
        { name: 'ix_batches_owner', columnNames: ['owner', 'createdAt', 'id'] },
        { name: 'ix_batches_state', columnNames: ['state', 'createdAt', 'id'] },
      ],
    }), true);
    await runner.createTable(new Table({
      name: 'batch_members',
      columns: [text('batchId', 20, { isPrimary: true }), int('position', { isPrimary: true }), text('insId', 20), text('name', 128), text('state', 16), text('planId', 80, { isNullable: true }), object('error', { isNullable: true })],
    }), true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('batch_members');
    await runner.dropTable('batches');
  }
}
