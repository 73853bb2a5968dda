// Where `edu` keeps its session and the state of uploads: a directory only its user can read.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export type Env = Record<string, string | undefined>;
export interface Session { url: string; user: string; token: string; expiresAt: number }

/** $EDU_CONFIG, else $XDG_CONFIG_HOME/educloud, else ~/.config/educloud */
export const configDir = (env: Env): string => env['EDU_CONFIG'] ?? path.join(env['XDG_CONFIG_HOME'] ?? path.join(env['HOME'] ?? os.homedir(), '.config'), 'educloud');

const sessionFile = (env: Env): string => path.join(configDir(env), 'session.json');

/** Writes beside and renames, so that an interrupted command never leaves half a file. */
export function writePrivate(file: string, value: unknown): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const beside = `${file}.${process.pid}`;
  writeFileSync(beside, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(beside, file);
}

export function readJson<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return null; // absent or damaged: the same as never written
  }
}

export const saveSession = (env: Env, session: Session): void => writePrivate(sessionFile(env), session);
export const loadSession = (env: Env): Session | null => readJson<Session>(sessionFile(env));
export const forget = (file: string): void => rmSync(file, { force: true });
