// Where everything of a private cloud lies below its folder D, and which ports it keeps over restarts.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePorts } from '../servers/ports.ts';

export const DAEMONS = ['clc', 'walrus', 'sc', 'cc', 'nc'] as const;
export type DaemonName = (typeof DAEMONS)[number];

export interface Layout {
  dir: string;
  config(name: string): string;
  log(name: string): string;
  data(name: DaemonName): string;
  pid(name: string): string;
  servers: string;
  cloudJson: string;
}

export function layoutOf(dir: string): Layout {
  const at = (...parts: string[]): string => path.join(dir, ...parts);
  return {
    dir,
    config: (name) => at('config', `${name}.yaml`),
    log: (name) => at('log', `${name}.log`),
    data: (name) => at('data', name),
    pid: (name) => at('run', `${name}.pid`),
    servers: at('servers'),
    cloudJson: at('cloud.json'),
  };
}

/** What a cloud keeps between two starts. Mode 0600: the admin's password is in it. */
export interface Settings {
  ports: Record<DaemonName, number>;
  adminUser: string;
  adminPassword: string;
}

export async function settingsOf(layout: Layout): Promise<Settings> {
  const file = path.join(layout.dir, 'settings.json');
  const stored = await readFile(file, 'utf8').catch(() => null);
  if (stored) return JSON.parse(stored) as Settings;
  for (const sub of ['config', 'log', 'data', 'run']) await mkdir(path.join(layout.dir, sub), { recursive: true, mode: 0o711 });
  const [clc, walrus, sc, cc, nc] = (await freePorts(5)) as [number, number, number, number, number];
  const settings: Settings = { ports: { clc, walrus, sc, cc, nc }, adminUser: 'admin', adminPassword: randomBytes(12).toString('base64url') };
  await writeFile(file, JSON.stringify(settings, null, 2), { mode: 0o600 });
  return settings;
}
