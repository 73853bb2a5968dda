// VM types and OS types become rows an administrator can change; sensible ones come with the cloud (their words in other languages: words/shipped-types.ts of the contracts). Names of OS types may be longer than before.
import { type MigrationInterface, type QueryRunner, Table, TableColumn, type TableColumnOptions } from 'typeorm';

const text = (name: string, length: number): TableColumnOptions => ({ name, type: 'varchar', length: String(length) });
const int = (name: string): TableColumnOptions => ({ name, type: 'integer' });
const big = (name: string): TableColumnOptions => ({ name, type: 'bigint' });

/** name, MiB of memory, CPUs, GiB of disk, what for. linux has small, other has medium and windows has large by default. */
const VM_TYPES: Array<[string, number, number, number, string]> = [
  ['tiny', 128, 1, 0, 'Test guests and appliances'],
  ['small', 512, 1, 10, 'A small Linux server'],
  ['medium', 1024, 1, 20, 'A server or a light desktop'],
  ['desktop', 2048, 2, 30, 'A Linux desktop for a lesson'],
  ['large', 4096, 2, 60, 'A Windows desktop or a busy server'],
  ['xlarge', 8192, 4, 120, 'Development, graphics, databases'],
];

/** name, title, disk bus, network card, video, sound, local time in the hardware clock, default VM type. The first three as they always were. */
const OS_TYPES: Array<[string, string, string, string, string, string, number, string]> = [
  ['linux', 'Linux', 'virtio', 'virtio', 'vga', 'none', 0, 'small'],
  ['windows', 'Windows', 'sata', 'e1000e', 'vga', 'none', 1, 'large'],
  ['other', 'Other', 'ide', 'e1000', 'vga', 'none', 0, 'medium'],
  ['linux-desktop', 'Linux desktop', 'virtio', 'virtio', 'vga', 'hda', 0, 'desktop'],
  ['windows-desktop', 'Windows desktop', 'sata', 'e1000e', 'vga', 'hda', 1, 'large'],
  ['windows-legacy', 'Windows XP, 2003 and older', 'ide', 'rtl8139', 'cirrus', 'ac97', 1, 'medium'],
];

export class Types1763750000000 implements MigrationInterface {
  readonly name = 'Types1763750000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(new Table({
      name: 'vm_types',
      columns: [{ ...text('name', 32), isPrimary: true }, int('memoryMiB'), int('cpus'), int('diskGiB'), { name: 'description', type: 'text' }, int('rev'), big('createdAt'), big('updatedAt')],
    }), true);
    await runner.createTable(new Table({
      name: 'os_types',
      columns: [
        { ...text('name', 32), isPrimary: true }, text('title', 128), text('diskBus', 16), text('nicModel', 16), text('video', 16), text('audio', 16), int('localtime'),
        text('defaultVmType', 32), int('rev'), big('createdAt'), big('updatedAt'),
      ],
    }), true);
    // A start that died half-way is taken up again: only what is missing is added.
    const add = (table: string, columns: string[], row: Array<string | number>): Promise<unknown> => runner.query(
      `INSERT INTO ${table} (${[...columns, 'rev', 'createdAt', 'updatedAt'].map((c) => `\`${c}\``).join(', ')}) SELECT ${row.map(() => '?').join(', ')}, 1, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE name = ?)`,
      [...row, row[0]],
    );
    for (const row of VM_TYPES) await add('vm_types', ['name', 'memoryMiB', 'cpus', 'diskGiB', 'description'], row);
    for (const row of OS_TYPES) await add('os_types', ['name', 'title', 'diskBus', 'nicModel', 'video', 'audio', 'localtime', 'defaultVmType'], row);
    // MariaDB is told itself: TypeORM would drop the column and make a new one.
    if (runner.dataSource.options.type === 'mariadb') await runner.query('ALTER TABLE images MODIFY ostype varchar(32) NOT NULL');
    else await runner.changeColumn('images', 'ostype', new TableColumn(text('ostype', 32)));
  }

  async down(): Promise<void> {
    throw new Error('what people made with their types cannot be taken back: restore a backup');
  }
}
