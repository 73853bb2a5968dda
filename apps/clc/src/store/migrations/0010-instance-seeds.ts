// What guests are told at their first start gets a table of its own: lists of instances do not carry it.
import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

export class InstanceSeeds1763790000000 implements MigrationInterface {
  readonly name = 'InstanceSeeds1763790000000';

  async up(runner: QueryRunner): Promise<void> {
    const json = runner.dataSource.options.type === 'mariadb' ? 'mediumtext' : 'text';
    await runner.createTable(new Table({ name: 'instance_seeds', columns: [{ name: 'id', type: 'varchar', length: '20', isPrimary: true }, { name: 'seed', type: json }] }), true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('instance_seeds');
  }
}
