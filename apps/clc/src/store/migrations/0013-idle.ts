// Instances may be shut down when nobody uses them: since when one stands idle, and when its node said so last.
import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';

export class Idle1763810000000 implements MigrationInterface {
  readonly name = 'Idle1763810000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumns('user_instances', [new TableColumn({ name: 'idleSince', type: 'bigint', isNullable: true }), new TableColumn({ name: 'idleSeenAt', type: 'bigint', isNullable: true })]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumns('user_instances', ['idleSince', 'idleSeenAt']);
  }
}
