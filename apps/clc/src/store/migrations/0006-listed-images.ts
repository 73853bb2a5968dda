// Which images a list shows stands with the image, under an index: looking at the versions of each took as long as there were unfinished builds.
import { type MigrationInterface, type QueryRunner, TableColumn, TableIndex } from 'typeorm';

export class ListedImages1763760000000 implements MigrationInterface {
  readonly name = 'ListedImages1763760000000';

  async up(runner: QueryRunner): Promise<void> {
    // A start that died half-way is taken up again: only what is missing is done.
    if (!(await runner.hasColumn('images', 'listed'))) await runner.addColumn('images', new TableColumn({ name: 'listed', type: 'integer', default: 0 }));
    await runner.query("UPDATE images SET listed = 1 WHERE deletedAt IS NULL AND EXISTS (SELECT 1 FROM image_versions v WHERE v.imageId = images.id AND v.state = 'available')");
    const there = (await runner.getTable('images'))?.indices.some((index) => index.name === INDEX) ?? false;
    if (!there) await runner.createIndex('images', new TableIndex({ name: INDEX, columnNames: ['listed', 'createdAt', 'id'] }));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('images', INDEX);
    await runner.dropColumn('images', 'listed');
  }
}

const INDEX = 'ix_images_listed';
