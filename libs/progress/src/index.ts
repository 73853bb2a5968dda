// Door of the progress cache: one port, Redis or in-process behind it. Used by the CLC.
export * from './interface.ts';
export { openProgress } from './open-progress.ts';
export { createMemoryProgress, type MemoryProgressOptions } from './memory-progress.ts';
export { createRedisProgress, type RedisProgressOptions } from './redis-progress.ts';
