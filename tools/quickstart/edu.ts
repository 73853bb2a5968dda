// Runs the command line `edu` as a person would: its bars and complaints go to the terminal. What it is asked comes back.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { DIST } from '../build.ts';
import { layoutOf } from '../cloud/layout.ts';

/** `edu` ended with an error, which it has printed in one line. */
export class EduFailed extends Error {}

export interface Edu {
  /** Something that takes a while: people see its bar. */
  does(args: string[], env?: Record<string, string>): Promise<void>;
  asks<T>(args: string[]): Promise<T>;
}

/** The session is kept below `dir`, not in the user's home. */
export function eduOf(dir: string): Edu {
  const run = async (args: string[], stderr: 'inherit' | 'pipe', env: Record<string, string> = {}): Promise<string> => {
    const child = spawn(process.execPath, [path.join(DIST, 'edu.js'), ...args], { stdio: ['ignore', 'pipe', stderr], env: { ...process.env, EDU_CONFIG: path.join(dir, 'edu'), EDU_LVD_SOCKET: layoutOf(dir).lvdSocket, ...env } });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) child[name]?.setEncoding('utf8').on('data', (chunk: string) => (said[name] += chunk));
    const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
    if (code === 0) return said.stdout;
    if (stderr === 'pipe') console.error(`edu: ${complaint(said.stderr)}`);
    throw new EduFailed(`edu ${args[0]} ${args[1] ?? ''} ended with ${code}`);
  };
  return {
    does: async (args, env) => void (await run(args, 'inherit', env)),
    asks: async <T>(args: string[]) => JSON.parse(await run([...args, '--output', 'json'], 'pipe')) as T,
  };
}

/** With `--output json` a failure is a problem in JSON. */
function complaint(stderr: string): string {
  try {
    const { detail, code, action } = JSON.parse(stderr) as { detail: string; code: string; action: string };
    return `${detail} [${code}]. ${action}`;
  } catch {
    return stderr.trim();
  }
}
