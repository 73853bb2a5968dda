// What an application brings: its entities (the types of a few columns differ by database) and its migrations, oldest first.
import type { EntitySchema, MigrationInterface } from 'typeorm';
import type { DatabaseKind } from './sql.ts';

export interface Schema {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each entity has a row type of its own
  entities(kind: DatabaseKind): EntitySchema<any>[];
  migrations: Array<new () => MigrationInterface>;
}
