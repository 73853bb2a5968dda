// People name their instances and ask for them by that name.
import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';

export class InstanceNames1763830000000 implements MigrationInterface {
  readonly name = 'InstanceNames1763830000000';

  async up(runner: QueryRunner): Promise<void> {
    const there = (await runner.getTable('user_instances'))?.indices.some((index) => index.name === INDEX) ?? false;
    if (!there) await runner.createIndex('user_instances', new TableIndex({ name: INDEX, columnNames: ['name', 'createdAt', 'id'] }));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('user_instances', INDEX);
  }
}

const INDEX = 'ix_user_instances_name';
