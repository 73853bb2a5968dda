// What an administrator says of a host: that it is being drained, and its properties.
import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';

export class HostProperties1763786000000 implements MigrationInterface {
  readonly name = 'HostProperties1763786000000';

  async up(runner: QueryRunner): Promise<void> {
    const json = runner.dataSource.options.type === 'mariadb' ? 'mediumtext' : 'text';
    // A start that died half-way is taken up again: only what is missing is done.
    if (!(await runner.hasColumn('daemons', 'draining'))) await runner.addColumn('daemons', new TableColumn({ name: 'draining', type: 'integer', default: 0 }));
    if (!(await runner.hasColumn('daemons', 'properties'))) await runner.addColumn('daemons', new TableColumn({ name: 'properties', type: json, isNullable: true }));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumn('daemons', 'properties');
    await runner.dropColumn('daemons', 'draining');
  }
}
