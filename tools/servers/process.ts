// A private server's process: started detached so that it outlives us, known by a pid file so that another process can stop it.
import { spawn } from 'node:child_process';
import { chownSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface SpawnDetached {
  argv: string[];
  env?: Record<string, string>;
  cwd?: string;
  logFile: string;
  /** Holds the pid and its start time: a pid alone may belong to somebody else after a reboot. */
  pidFile: string;
}

/** Field 22 of /proc/PID/stat; null when the process is gone or only waits to be reaped. */
export function startTimeOf(pid: number): string | null {
  try {
    const rest = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
    return rest[0] === 'Z' || rest[0] === 'X' ? null : (rest[19] ?? null);
  } catch {
    return null;
  }
}

export function recordPid(pidFile: string, pid: number): void {
  writeAtomic(pidFile, `${pid} ${startTimeOf(pid) ?? ''}\n`);
}

/** The pid when that very process still lives. */
export function livePid(pidFile: string): number | null {
  if (!existsSync(pidFile)) return null;
  const [pid, start] = readFileSync(pidFile, 'utf8').trim().split(' ');
  return pid && start && startTimeOf(Number(pid)) === start ? Number(pid) : null;
}

export function spawnDetached({ argv, env, cwd, logFile, pidFile }: SpawnDetached): number {
  const [command = '', ...args] = argv;
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log], env: { PATH: PATH_OF_SERVERS, LANG: 'C.UTF-8', ...env }, ...(cwd ? { cwd } : {}) });
  closeSync(log);
  child.on('error', () => undefined); // seen as "not alive" by whoever waits for it
  if (!child.pid) throw new Error(`${command} could not be started`);
  recordPid(pidFile, child.pid);
  child.unref();
  return child.pid;
}

export const PATH_OF_SERVERS = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** TERM (or another signal), then KILL after `graceMs`; resolves when the process is gone. */
export async function endProcess(pid: number, signal: NodeJS.Signals = 'SIGTERM', graceMs = 10_000): Promise<void> {
  const start = startTimeOf(pid);
  const alive = (): boolean => start !== null && startTimeOf(pid) === start;
  if (!alive()) return;
  send(pid, signal);
  const deadline = Date.now() + graceMs;
  while (alive() && Date.now() < deadline) await pause(20);
  if (!alive()) return;
  send(pid, 'SIGKILL');
  while (alive()) await pause(20);
}

/** Ends the process that the file names, if it lives, and removes the file. */
export async function endByPidFile(pidFile: string, graceMs?: number): Promise<void> {
  const pid = livePid(pidFile);
  if (pid) await endProcess(pid, 'SIGTERM', graceMs);
  removePidFile(pidFile);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // gone in the meantime
  }
}

/** Polls `ready` until it is true. @throws when the process ends or the time is over, with the end of its log. */
export async function waitReady(what: string, pid: number, logFile: string, ready: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await ready())) {
    if (startTimeOf(pid) === null) throw new Error(`${what} ended while starting:\n${tail(logFile)}`);
    if (Date.now() > deadline) throw new Error(`${what} was not ready after ${timeoutMs / 1_000} s:\n${tail(logFile)}`);
    await pause(40);
  }
}

const tail = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8').slice(-3_000) : '(no log)');

export function writeAtomic(file: string, text: string, mode = 0o600): void {
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}

export const readJson = <T>(file: string): T | null => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : null);

export const isRoot = (): boolean => process.getuid?.() === 0;

/** A server that gives up root must be able to walk to its directory. */
export function makeDir(dir: string, owner?: { uid: number; gid: number }): void {
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  if (!owner || !isRoot()) return;
  chownSync(dir, owner.uid, owner.gid);
  for (let d = dirname(dir); d !== '/'; d = dirname(d)) {
    if ((statSync(d).mode & 0o001) === 0) throw new Error(`${d} is closed to other users; the server in ${dir} could not reach its files (chmod o+x ${d})`);
  }
}

export function ownerNamed(user: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8').split('\n').find((l) => l.startsWith(`${user}:`));
  if (!line) throw new Error(`there is no user ${user}: is its package installed?`);
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

/** argv prefix that runs the rest as `user`, when we are root. */
export const asUser = (user: string): string[] => (isRoot() ? ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--init-groups', '--'] : []);

export const removePidFile = (pidFile: string): void => rmSync(pidFile, { force: true });
export const inDir = (dir: string) => (name: string): string => join(dir, name);
