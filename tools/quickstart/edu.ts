// Runs the command line `edu` as a person would: its bars and complaints go to the terminal, its result comes back.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { DIST } from '../build.ts';

/** `edu` ended with an error, which it has printed in one line. */
export class EduFailed extends Error {}

export type Edu = <T>(args: string[], env?: Record<string, string>) => Promise<T>;

/** The session is kept below `dir`, not in the user's home. */
export function eduOf(dir: string): Edu {
  return async <T>(args: string[], env: Record<string, string> = {}): Promise<T> => {
    const child = spawn(process.execPath, [path.join(DIST, 'edu.js'), ...args, '--output', 'json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, EDU_CONFIG: path.join(dir, 'edu'), ...env },
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
    if (code !== 0) throw new EduFailed(`edu ${args[0]} ${args[1] ?? ''} ended with ${code}`);
    return JSON.parse(text) as T;
  };
}
