// Instances may shut down by themselves: by what rules, until when it was put off, and when it will be, once that was told.
import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';

export class AutoStop1763800000000 implements MigrationInterface {
  readonly name = 'AutoStop1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    const json = runner.dataSource.options.type === 'mariadb' ? 'mediumtext' : 'text';
    // A start that died half-way is taken up again: only what is missing is done.
    for (const [name, type] of [['autoStop', json], ['autoStopAt', 'bigint'], ['extendedUntil', 'bigint']] as const) {
      if (!(await runner.hasColumn('user_instances', name))) await runner.addColumn('user_instances', new TableColumn({ name, type, isNullable: true }));
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumns('user_instances', ['autoStop', 'autoStopAt', 'extendedUntil']);
  }
}
