// Several cloud controllers on one database: the row that says which of them leads, and the one-use tickets that any of them has taken.
import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

export class LeaderLease1763740000000 implements MigrationInterface {
  readonly name = 'LeaderLease1763740000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(new Table({
      name: 'leases',
      columns: [
        { name: 'name', type: 'varchar', length: '32', isPrimary: true }, { name: 'holder', type: 'varchar', length: '64', isNullable: true },
        { name: 'epoch', type: 'integer' }, { name: 'since', type: 'bigint' }, { name: 'expiresAt', type: 'bigint' },
      ],
    }), true);
    await runner.query("INSERT INTO leases (name, holder, epoch, since, expiresAt) SELECT 'clc', NULL, 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM leases)");
    await runner.createTable(new Table({
      name: 'used_tickets',
      columns: [{ name: 'nonce', type: 'varchar', length: '64', isPrimary: true }, { name: 'expiresAt', type: 'bigint' }],
      indices: [{ name: 'ix_used_tickets_expires', columnNames: ['expiresAt'] }],
    }), true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('used_tickets');
    await runner.dropTable('leases');
  }
}
