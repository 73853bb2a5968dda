// The door of the receiving half of a command.
export * from './interface.ts';
export { createExecutor, type ExecutorOptions } from './executor.ts';
export { requireHandlers } from './require-handlers.ts';
