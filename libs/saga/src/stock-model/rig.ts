// What the model of the engine is played on: rows in memory, or a database. Given by the spec that plays it.
import type { SagaStore, SagaTx } from '../interface.ts';

/** A fresh database, and what own jobs put into it. */
export interface ModelRig<Tx extends { saga: SagaTx }> {
  store: SagaStore<Tx>;
  /** All three are idempotent. */
  ensure(tx: Tx, thing: string): Promise<void>;
  remove(tx: Tx, thing: string): Promise<void>;
  has(thing: string): Promise<boolean>;
  close(): Promise<void>;
}
