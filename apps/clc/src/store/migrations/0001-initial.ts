// The first schema, the same on MariaDB and SQLite. Frozen: later changes are migrations of their own.
import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions, type TableForeignKeyOptions, type TableIndexOptions } from 'typeorm';

type Make = (name: string) => TableColumnOptions;
const text = (length: number): Make => (name) => ({ name, type: 'varchar', length: String(length) });
const long: Make = (name) => ({ name, type: 'text' });
const int: Make = (name) => ({ name, type: 'integer' });
const big: Make = (name) => ({ name, type: 'bigint' });
const key = (make: Make): Make => (name) => ({ ...make(name), isPrimary: true });
const maybe = (make: Make): Make => (name) => ({ ...make(name), isNullable: true });
const index = (name: string, ...columnNames: string[]): TableIndexOptions => ({ name, columnNames });
const unique = (name: string, ...columnNames: string[]): TableIndexOptions => ({ name, columnNames, isUnique: true });
const reference = (name: string, column: string, table: string, to: string): TableForeignKeyOptions => ({
  name, columnNames: [column], referencedTableName: table, referencedColumnNames: [to], onDelete: 'NO ACTION', onUpdate: 'NO ACTION',
});

export class Initial1763640000000 implements MigrationInterface {
  readonly name = 'Initial1763640000000';

  async up(runner: QueryRunner): Promise<void> {
    const { type, database } = runner.dataSource.options;
    const mariadb = type === 'mariadb';
    const json: Make = (name) => ({ name, type: mariadb ? 'mediumtext' : 'text' });
    // As SQLite compares: capitals differ. Tables made from here on inherit it.
    if (mariadb) await runner.query(`ALTER DATABASE \`${String(database).replaceAll('`', '``')}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
    // Where DDL cannot be rolled back, a start that died half-way is taken up again: only what is missing is made.
    const make = (name: string, columns: Record<string, Make>, indices: TableIndexOptions[] = [], foreignKeys: TableForeignKeyOptions[] = []): Promise<void> =>
      runner.createTable(new Table({ name, columns: Object.entries(columns).map(([column, build]) => build(column)), indices, foreignKeys }), true);

    await make('users', { name: key(text(64)), role: text(16), passwordHash: text(255), createdAt: big, disabled: int });
    await make('sessions', { idHash: key(text(128)), user: text(64), csrfHash: text(128), createdAt: big, expiresAt: big },
      [index('ix_sessions_user', 'user'), index('ix_sessions_expires', 'expiresAt')]);
    await make('idempotency_keys', {
      user: key(text(64)), key: key(text(255)), requestHash: text(128), status: int, location: maybe(text(1000)), body: maybe(json), createdAt: big,
    }, [index('ix_idempotency_created', 'createdAt')]);
    await make('daemons', {
      id: key(text(40)), role: text(16), name: text(64), url: text(300), secretHash: text(255), epoch: int, state: text(16), enabled: int,
      ccId: maybe(text(40)), facts: json, lastBeatAt: maybe(big), registeredAt: big, createdAt: big,
    }, [unique('uq_daemons_role_name', 'role', 'name'), index('ix_daemons_cc', 'ccId')]);
    await make('join_tokens', {
      hash: key(text(128)), role: text(16), name: maybe(text(64)), expiresAt: big, usedAt: maybe(big), usedBy: maybe(text(64)), createdBy: text(64), createdAt: big,
    });
    await make('images', {
      id: key(text(20)), name: text(128), ostype: text(16), usage: text(16), description: long, heldBy: maybe(text(64)), deletedAt: maybe(big),
      createdAt: big, updatedAt: big, createdBy: text(64), lastVersion: int,
    }, [index('ix_images_page', 'createdAt', 'id')]);
    await make('image_versions', {
      imageId: key(text(20)), version: key(int), state: text(16), sha256: maybe(text(64)), sizeBytes: maybe(big), virtualSizeBytes: maybe(big),
      format: maybe(text(16)), declared: maybe(json), parentImageId: maybe(text(20)), parentVersion: maybe(int), tid: maybe(text(64)), walrusId: maybe(text(40)),
      error: maybe(long), createdAt: big, createdBy: text(64),
    }, [index('ix_versions_state', 'imageId', 'state', 'version'), index('ix_versions_parent', 'parentImageId')],
    [reference('fk_versions_image', 'imageId', 'images', 'id')]);
    await make('instances', {
      id: key(text(20)), tid: maybe(text(64)), purpose: text(16), kind: text(16), ccId: maybe(text(40)), ncId: maybe(text(40)), memoryMiB: int, cpus: int,
      diskBytes: big, vmstatus: text(16), firstBootAt: maybe(big), statusEpoch: int, statusSeq: big, createdAt: big, deletedAt: maybe(big),
    }, [index('ix_instances_nc', 'ncId')]);
    await make('ledger_nodes', {
      ncId: key(text(40)), limitCpus: int, limitMemoryMiB: big, limitDiskBytes: big, usedCpus: int, usedMemoryMiB: big, usedDiskBytes: big,
    });
    await make('ledger_claims', { insId: key(text(20)), kind: key(text(16)), ncId: text(40), cpus: int, memoryMiB: big, diskBytes: big },
      [index('ix_claims_nc', 'ncId')], [reference('fk_claims_node', 'ncId', 'ledger_nodes', 'ncId')]);
    await make('tasks', {
      tid: key(text(64)), kind: text(16), name: text(128), srcImageId: text(20), srcVersion: int, dstImageId: text(20), dstVersion: int, insId: text(20),
      phase: text(16), state: text(16), progress: int, vmstatus: text(16), message: long, error: maybe(json), kept: maybe(json), failedStep: maybe(text(16)),
      options: json, ccId: maybe(text(40)), ncId: maybe(text(40)), placement: maybe(json), owner: text(64), rev: int, createdAt: big, updatedAt: big, active: int,
    }, [
      index('ix_tasks_page', 'createdAt', 'tid'), index('ix_tasks_owner', 'owner', 'createdAt', 'tid'), index('ix_tasks_active', 'active', 'createdAt', 'tid'),
      index('ix_tasks_src', 'srcImageId', 'active'), index('ix_tasks_dst', 'dstImageId', 'active'),
    ]);
    await make('events', { id: key(big), kind: text(16), subject: text(64), payload: maybe(json), at: big }, [index('ix_events_at', 'at')]);
    await make('event_head', { name: key(text(16)), lastId: big });
    await runner.query("INSERT INTO event_head (name, lastId) SELECT 'events', 0 WHERE NOT EXISTS (SELECT 1 FROM event_head)");
    await make('settings', { name: key(text(64)), value: long });
    await make('saga_plans', {
      id: key(text(80)), subject: text(64), seq: int, name: text(64), state: text(16), generation: int, rev: int, input: maybe(json), error: maybe(json),
      startedAt: big, endedAt: maybe(big), activeSubject: maybe(text(64)),
    }, [unique('uq_plans_active', 'activeSubject'), unique('uq_plans_subject_seq', 'subject', 'seq'), index('ix_plans_state', 'state', 'startedAt')]);
    await make('saga_jobs', {
      id: key(text(100)), planId: text(80), index: int, name: text(64), role: text(16), target: maybe(text(40)), state: text(16), attempt: int, undoAttempt: int, rev: int,
      params: maybe(json), result: maybe(json), error: maybe(json), deadlineAt: maybe(big), notBefore: maybe(big), startedAt: maybe(big), endedAt: maybe(big),
    }, [unique('uq_jobs_plan_index', 'planId', 'index'), index('ix_jobs_target', 'target', 'state')], [reference('fk_jobs_plan', 'planId', 'saga_plans', 'id')]);
    await make('saga_outbox', { id: key(text(200)), queue: text(100), envelope: json, createdAt: big, place: big }, [index('ix_outbox_place', 'place', 'id')]);
  }

  /** Going back is restoring a backup: dropping the truth is not offered. */
  async down(): Promise<void> {
    throw new Error('the first schema cannot be taken back');
  }
}
