// Where everything of a private cloud lies below its folder D, and which ports it keeps over restarts.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePorts } from '../servers/ports.ts';

export const DAEMONS = ['clc', 'walrus', 'sc', 'cc', 'nc'] as const;
export type Role = (typeof DAEMONS)[number];
/** A process: the role, or the role and a number from 2 on where there are several. */
export type DaemonName = Role | `${Role}-${number}`;

export const roleOf = (name: DaemonName): Role => name.replace(/-\d+$/, '') as Role;
const more = (role: Role, count: number): DaemonName[] => Array.from({ length: count - 1 }, (_, i): DaemonName => `${role}-${i + 2}`);
/** Every process of a distributed cloud with so many nodes and cloud controllers: `nc`, `nc-2`, `nc-3`…; the first `clc` first. */
export const daemonsOf = (nodes = 1, controllers = 1): DaemonName[] => [...DAEMONS, ...more('clc', controllers), ...more('nc', nodes)];

export interface Layout {
  dir: string;
  config(name: string): string;
  log(name: string): string;
  data(name: DaemonName): string;
  pid(name: string): string;
  servers: string;
  /** By which `edu lvd` comes to the first node, where it plays a classroom PC. */
  lvdSocket: string;
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
    lvdSocket: at('data', 'nc', 'lvd.sock'),
    cloudJson: at('cloud.json'),
  };
}

/** What a cloud keeps between two starts. Mode 0600: the admin's password is in it. */
export interface Settings {
  ports: Record<DaemonName, number>;
  adminUser: string;
  adminPassword: string;
  /** Its nodes play classroom PCs too. */
  localDesktops?: true;
}

const settingsFile = (layout: Layout): string => path.join(layout.dir, 'settings.json');
const stored = async (layout: Layout): Promise<Settings | null> => {
  const text = await readFile(settingsFile(layout), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as Settings);
};

/** @param localDesktops from now on, also when it is started again without it */
export async function settingsOf(layout: Layout, nodes = 1, controllers = 1, localDesktops = false): Promise<Settings> {
  const settings = (await stored(layout)) ?? { ports: {} as Settings['ports'], adminUser: 'admin', adminPassword: randomBytes(12).toString('base64url') };
  const fresh = daemonsOf(nodes, controllers).filter((name) => settings.ports[name] === undefined);
  const turnsOn = localDesktops && !settings.localDesktops;
  if (fresh.length === 0 && !turnsOn) return settings;
  if (turnsOn) settings.localDesktops = true;
  for (const sub of ['config', 'log', 'data', 'run']) await mkdir(path.join(layout.dir, sub), { recursive: true, mode: 0o711 });
  const ports = await freePorts(fresh.length);
  for (const [i, name] of fresh.entries()) settings.ports[name] = ports[i] as number;
  await writeFile(settingsFile(layout), JSON.stringify(settings, null, 2), { mode: 0o600 });
  return settings;
}

/** The processes a cloud below this folder was ever started with. */
export const knownDaemons = async (layout: Layout): Promise<DaemonName[]> => Object.keys((await stored(layout))?.ports ?? {}) as DaemonName[];
