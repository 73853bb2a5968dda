// The task engine's door. The stock saga tests have a door of their own: `@educloud/saga/stock-tests`.
export * from './interface.ts';
export { createSaga } from './engine.ts';
export { createMemorySagaStore, type MemorySagaStore, type MemoryTx } from './memory-store.ts';
