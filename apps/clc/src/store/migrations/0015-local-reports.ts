// Which report of a host about its local desktops counted last, also when it found nothing there.
import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

export class LocalReports1763815000000 implements MigrationInterface {
  readonly name = 'LocalReports1763815000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(new Table({
      name: 'local_reports',
      columns: [{ name: 'hostId', type: 'varchar', length: '40', isPrimary: true }, { name: 'epoch', type: 'integer' }, { name: 'seq', type: 'bigint' }],
    }), true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('local_reports');
  }
}
