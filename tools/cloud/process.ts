// One daemon as a process of its own, detached: it outlives who started it and is found again by its pid file.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, realpath, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DIST } from '../build.ts';
import { roleOf, type DaemonName, type Layout } from './layout.ts';

const programOf = (name: DaemonName | 'all-in-one'): string => `${name === 'all-in-one' ? name : roleOf(name)}.js`;

/** @param enter words before the command that end in an exec, such as `ip netns exec NAME` */
export async function startProcess(layout: Layout, name: DaemonName | 'all-in-one', extraEnv: Record<string, string> = {}, enter: readonly string[] = []): Promise<number> {
  const out = openSync(layout.log(name), 'a', 0o600);
  const [command = process.execPath, ...args] = [...enter, process.execPath, '--enable-source-maps', path.join(DIST, programOf(name)), '--config', layout.config(name)];
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', out, out],
    cwd: layout.dir,
    env: { ...process.env, ...extraEnv },
  });
  closeSync(out);
  child.unref();
  if (!child.pid) throw new Error(`${name} could not be started`);
  await writeFile(layout.pid(name), `${child.pid}\n`);
  return child.pid;
}

export async function pidOf(layout: Layout, name: DaemonName | 'all-in-one'): Promise<number | null> {
  const pid = Number(await readFile(layout.pid(name), 'utf8').catch(() => ''));
  return pid > 1 && (await isOurs(pid, layout, name)) ? pid : null;
}

/** A pid is only believed when the process is what we started: pids are used again, also by a daemon of the same name of another cloud. */
async function isOurs(pid: number, layout: Layout, name: DaemonName | 'all-in-one'): Promise<boolean> {
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  return words.some((w) => w.endsWith(`/${programOf(name)}`)) && (await real(words[words.indexOf('--config') + 1] ?? '')) === (await real(layout.config(name)));
}

/** The same folder may be named by another way, through a link. */
const real = (file: string): Promise<string> => realpath(file).catch(() => file);

export async function stopProcess(layout: Layout, name: DaemonName | 'all-in-one', signal: NodeJS.Signals = 'SIGTERM', withinMs = 15_000): Promise<void> {
  const pid = await pidOf(layout, name);
  if (pid) {
    process.kill(pid, signal);
    if (!(await gone(pid, withinMs))) {
      process.kill(pid, 'SIGKILL');
      await gone(pid, 5000);
    }
  }
  await rm(layout.pid(name), { force: true });
}

async function gone(pid: number, withinMs: number): Promise<boolean> {
  const until = Date.now() + withinMs;
  while (Date.now() < until) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null || stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')) return true;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return false;
}
