// A program of ours inside a network namespace, asked over the channel to its parent. For test/support/namespaces.
import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Place } from './lay.ts';

export interface Worker {
  ask<T>(what: string, ...args: unknown[]): Promise<T>;
  kill(): Promise<void>;
}

export async function workerIn(place: Place, file: string, ...args: string[]): Promise<Worker> {
  const [command = '', ...words] = [...place.enter, process.execPath, '--import', 'tsx', path.join(import.meta.dirname, file), ...args];
  const child = spawn(command, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(e: Error): void }>();
  const gone = new Promise<void>((resolve) => { child.once('close', () => resolve()); });
  let last = 0;
  const ready = new Promise((resolve, reject) => waiting.set(0, { resolve, reject }));
  child.on('message', ({ id, value, error }: { id: number; value?: unknown; error?: string }) => {
    const asker = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asker?.resolve(value);
    else asker?.reject(new Error(error));
  });
  child.once('close', (code) => { for (const { reject } of waiting.values()) reject(new Error(`${file} ended with ${code}`)); });
  await ready;
  return {
    ask: (what, ...rest) => new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve: resolve as (value: unknown) => void, reject });
      child.send({ id: last, what, args: rest });
    }),
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
