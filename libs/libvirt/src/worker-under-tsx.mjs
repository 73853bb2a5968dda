// Development only: entry of a worker thread when the sources run under tsx. On Node 20 tsx does not compile the entry of a worker,
// only what is imported after its hooks were registered in that thread; so this one file is JavaScript.
import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');
