// Each filter of the list of instances has an index in the order of its pages: MariaDB sorted all that it found for a page of fifty.
import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';

const INDICES = [
  ['user_instances', 'ix_user_instances_of_image', ['imageId', 'createdAt', 'id']],
  ['user_instances', 'ix_user_instances_kind', ['kind', 'createdAt', 'id']],
  ['instances', 'ix_instances_list', ['ncId', 'purpose', 'createdAt', 'id']],
] as const;

export class InstanceLists1763806000000 implements MigrationInterface {
  readonly name = 'InstanceLists1763806000000';

  async up(runner: QueryRunner): Promise<void> {
    // A start that died half-way is taken up again: only what is missing is made.
    for (const [table, name, columnNames] of INDICES) {
      const there = (await runner.getTable(table))?.indices.some((index) => index.name === name) ?? false;
      if (!there) await runner.createIndex(table, new TableIndex({ name, columnNames: [...columnNames] }));
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, name] of INDICES) await runner.dropIndex(table, name);
  }
}
