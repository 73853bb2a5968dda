// What people define and run gets a table of its own, beside the runtime rows of all instances.
import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

export class UserInstances1763750500000 implements MigrationInterface {
  readonly name = 'UserInstances1763750500000';

  async up(runner: QueryRunner): Promise<void> {
    const json = runner.dataSource.options.type === 'mariadb' ? 'mediumtext' : 'text';
    const text = (name: string, length: number, more: { isPrimary?: true; isNullable?: true } = {}) => ({ name, type: 'varchar', length: String(length), ...more });
    const of = (type: string) => (name: string, more: { isNullable?: true } = {}) => ({ name, type, ...more });
    const [long, int, big, object] = [of('text'), of('integer'), of('bigint'), of(json)] as const;
    const maybe = { isNullable: true } as const;
    await runner.createTable(new Table({
      name: 'user_instances',
      columns: [
        text('id', 20, { isPrimary: true }), text('name', 128), long('description'), text('owner', 64), text('kind', 16), text('lifetime', 16), text('imageId', 20),
        int('pinnedVersion', maybe), int('madeFrom', maybe), text('ostype', 32), text('vmType', 32, maybe), int('memoryMiB'), int('cpus'), big('diskBytes'), object('definition'),
        text('vmState', 16), text('taskState', 16, maybe), int('progress'), long('message'), object('error', maybe), text('failedAction', 16, maybe), object('kept', maybe), object('placement', maybe),
        int('rev'), big('createdAt'), big('updatedAt'), big('startedAt', maybe), big('deletedAt', maybe), text('status', 16),
      ],
      indices: [
        { name: 'ix_user_instances_page', columnNames: ['createdAt', 'id'] },
        { name: 'ix_user_instances_owner', columnNames: ['owner', 'createdAt', 'id'] },
        { name: 'ix_user_instances_status', columnNames: ['status', 'createdAt', 'id'] },
        { name: 'ix_user_instances_image', columnNames: ['imageId', 'deletedAt'] },
      ],
    }), true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('user_instances');
  }
}
