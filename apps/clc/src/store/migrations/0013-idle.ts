// Instances may be shut down when nobody uses them: since when one stands idle, and when its node said so last.
import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';

export class Idle1763810000000 implements MigrationInterface {
  readonly name = 'Idle1763810000000';

  async up(runner: QueryRunner): Promise<void> {
    // A start that died half-way is taken up again: only what is missing is done.
    for (const name of ['idleSince', 'idleSeenAt']) {
      if (!(await runner.hasColumn('user_instances', name))) await runner.addColumn('user_instances', new TableColumn({ name, type: 'bigint', isNullable: true }));
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumns('user_instances', ['idleSince', 'idleSeenAt']);
  }
}
