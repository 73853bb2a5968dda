// The task engine's door. The stock saga tests and the model have doors of their own: `@educloud/saga/stock-tests`, `@educloud/saga/stock-model`.
export * from './interface.ts';
export { MAX_BACKOFF_MS, untimely } from './decide.ts';
export { mustRollBack } from './advance.ts';
export { createSaga } from './engine.ts';
export { createSagaDesk, type DeskOptions } from './desk.ts';
export { createMemorySagaStore, type MemorySagaStore, type MemoryTx } from './memory-store.ts';
