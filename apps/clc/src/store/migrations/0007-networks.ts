// Networks of clusters: their settings, pools as rows, and what cluster controllers bring about; instances remember what was leased for them.
import { type MigrationInterface, type QueryRunner, Table, TableColumn } from 'typeorm';

export class Networks1763770000000 implements MigrationInterface {
  readonly name = 'Networks1763770000000';

  async up(runner: QueryRunner): Promise<void> {
    const json = runner.dataSource.options.type === 'mariadb' ? 'mediumtext' : 'text';
    const text = (name: string, length: number, more: { isPrimary?: true; isNullable?: true } = {}) => ({ name, type: 'varchar', length: String(length), ...more });
    const of = (type: string) => (name: string, more: { isNullable?: true } = {}) => ({ name, type, ...more });
    const [int, big, object] = [of('integer'), of('bigint'), of(json)] as const;
    const [key, maybe] = [{ isPrimary: true }, { isNullable: true }] as const;
    await runner.createTable(new Table({
      name: 'cluster_networks',
      columns: [text('ccId', 40, key), object('settings', maybe), int('rev'), big('stateRev'), big('appliedRev'), big('appliedAt', maybe), object('refused'), big('updatedAt', maybe)],
    }), true);
    await runner.createTable(new Table({
      name: 'cluster_addresses',
      columns: [text('ccId', 40, key), text('kind', 16, key), text('value', 20, key), big('place'), text('state', 16), text('insId', 20, maybe), text('purpose', 32), big('freedRev'), big('freedAt', maybe)],
      indices: [{ name: 'ix_cluster_addresses_free', columnNames: ['ccId', 'kind', 'state', 'place'] }, { name: 'ix_cluster_addresses_instance', columnNames: ['insId'] }],
    }), true);
    await runner.createTable(new Table({
      name: 'cluster_access',
      columns: [text('insId', 20, key), text('ccId', 40), text('ncId', 40), text('hostname', 63), object('network')],
      indices: [{ name: 'ix_cluster_access_cluster', columnNames: ['ccId'] }],
    }), true);
    // A start that died half-way is taken up again: only what is missing is done.
    if (!(await runner.hasColumn('user_instances', 'network'))) await runner.addColumn('user_instances', new TableColumn({ ...object('network', maybe) }));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumn('user_instances', 'network');
    for (const table of ['cluster_access', 'cluster_addresses', 'cluster_networks']) await runner.dropTable(table);
  }
}
