// Everything that crosses a process: commands, statuses, REST shapes, phases, queue names, errors. Imports nothing of ours.
export * from './version.ts';
export * from './ids.ts';
export * from './error-table.ts';
export * from './phases.ts';
export * from './envelope.ts';
export * from './queues.ts';
export * from './os-types.ts';
export * from './tickets.ts';
export * from './registration.ts';
export * from './statuses.ts';
export * from './inventory.ts';
export * from './images.ts';
export * from './image-create.ts';
export * from './tasks.ts';
export * from './accounts.ts';
export * from './rest.ts';
