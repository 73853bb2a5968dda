// Instances may shut down by themselves: by what rules, until when it was put off, and when it will be, once that was told.
import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';

export class AutoStop1763800000000 implements MigrationInterface {
  readonly name = 'AutoStop1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    const json = runner.dataSource.options.type === 'mariadb' ? 'mediumtext' : 'text';
    await runner.addColumns('user_instances', [
      new TableColumn({ name: 'autoStop', type: json, isNullable: true }), new TableColumn({ name: 'autoStopAt', type: 'bigint', isNullable: true }), new TableColumn({ name: 'extendedUntil', type: 'bigint', isNullable: true }),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumns('user_instances', ['autoStop', 'autoStopAt', 'extendedUntil']);
  }
}
