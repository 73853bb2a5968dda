// The command line `edu` as people run it: a process of its own against a cloud, with a session of its own.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import path from 'node:path';
import { DIST } from '../../tools/build.ts';
import type { Cloud } from '../../tools/cloud/start.ts';

export interface EduEnd {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface EduAtWork {
  said: { stdout: string; stderr: string };
  type(keys: string): void;
  interrupt(): void;
  ended: Promise<number | null>;
}

export interface Edu {
  /** However it ends. */
  run(...args: string[]): Promise<EduEnd>;
  /** One that goes on: what it says so far, and its standard input. */
  begin(...args: string[]): EduAtWork;
  /** Must succeed; its result as JSON. @throws with what it complained */
  json<T>(...args: string[]): Promise<T>;
}

export async function eduOf(cloud: Pick<Cloud, 'json'>, configDir: string, language: 'en' | 'zh' = 'en'): Promise<Edu> {
  const environment = (more: Record<string, string> = {}): NodeJS.ProcessEnv => ({ ...process.env, EDU_CONFIG: configDir, EDU_LANG: language, ...more });
  const run = (args: string[], env: Record<string, string> = {}): Promise<EduEnd> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [path.join(DIST, 'edu.js'), ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: environment(env) });
      const said = { stdout: '', stderr: '' };
      for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (chunk: string) => (said[name] += chunk));
      child.once('error', reject).once('close', (code) => resolve({ code, ...said }));
    });
  const edu: Edu = {
    begin(...args) {
      const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [path.join(DIST, 'edu.js'), ...args], { stdio: 'pipe', env: environment() });
      const said = { stdout: '', stderr: '' };
      for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (chunk: string) => (said[name] += chunk));
      return {
        said,
        type: (keys) => void child.stdin.write(keys),
        interrupt: () => void child.kill('SIGINT'),
        ended: new Promise((resolve, reject) => void child.once('error', reject).once('close', resolve)),
      };
    },
    run: (...args) => run(args),
    async json<T>(...args: string[]) {
      const end = await run([...args, '--output', 'json']);
      if (end.code !== 0) throw new Error(`edu ${args.join(' ')} ended with ${end.code}: ${end.stderr.trim().split('\n').at(-1)}`);
      return JSON.parse(end.stdout) as T;
    },
  };
  const login = await run(['login', '--url', cloud.json.clcUrl, '--user', cloud.json.adminUser], { EDU_PASSWORD: cloud.json.adminPassword });
  if (login.code !== 0) throw new Error(`edu login: ${login.stderr}`);
  return edu;
}
