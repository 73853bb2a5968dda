// Starts a private cloud below one folder: five processes on private real servers, or the all-in-one. Used by up, quickstart, tests and bench.
import { writeFile } from 'node:fs/promises';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { startServers, startLibvirtd, type Servers } from '../servers/index.ts';
import { ensureBuilt } from '../build.ts';
import { daemonsOf, layoutOf, roleOf, settingsOf, type DaemonName, type Layout, type Settings } from './layout.ts';
import { pidOf, startProcess, stopProcess } from './process.ts';
import { stopCloud } from './stop.ts';
import { until } from './until.ts';

export interface CloudOptions {
  dir: string;
  mode: 'distributed' | 'all-in-one';
  hypervisor: 'libvirt' | 'fake';
  /** Distributed: how many node controllers, `nc`, `nc-2`, `nc-3`…, which register as nc-1, nc-2, nc-3… Default 1. */
  nodes?: number;
  /** Distributed: how many cloud controllers on the one database and broker, `clc`, `clc-2`… Default 1. */
  controllers?: number;
  /** The nodes play classroom PCs too, on which local desktops are run (`edu lvd`). The folder remembers it. */
  localDesktops?: boolean;
  /** Where we reach single daemons when it is not 127.0.0.1 (those inside a network namespace). */
  hosts?: Partial<Record<DaemonName, string>>;
  /** Settings laid over the daemon's configuration, e.g. `{nc: {hypervisor: {fakeDelayMs: 50}}}`. */
  overrides?: Partial<Record<DaemonName, Record<string, unknown>>>;
  /** Additional environment of single daemons, e.g. failpoints. */
  env?: Partial<Record<DaemonName, Record<string, string>>>;
  /** Words before the command of single daemons, e.g. `ip netns exec NAME`. */
  enter?: Partial<Record<DaemonName, readonly string[]>>;
  /** Servers that run already (tests share them). */
  servers?: Pick<Servers, 'amqpUrl' | 'clusterAmqpUrl' | 'dbUrl' | 'redisUrl'> & { libvirtUri: string | null };
}

interface Where { url: string; pid: number }

/** The contents of D/cloud.json. */
export interface CloudJson {
  mode: 'distributed' | 'all-in-one';
  clcUrl: string;
  adminUser: string;
  adminPassword: string;
  daemons: Record<DaemonName, Where>;
  amqpUrl: string | null;
  clusterAmqpUrl: string | null;
  dbUrl: string;
  redisUrl: string | null;
  libvirtUri: string | null;
}

export interface Cloud {
  json: CloudJson;
  layout: Layout;
  /** kill -9 (or another signal) of one daemon; resolves when it is gone. */
  kill(name: DaemonName, signal?: NodeJS.Signals): Promise<void>;
  /** Starts one daemon again, with another environment if given. */
  start(name: DaemonName, env?: Record<string, string>): Promise<void>;
  ready(name: DaemonName, withinMs?: number): Promise<void>;
  stop(): Promise<void>;
}

interface Parts {
  amqpUrl: string | null;
  clusterAmqpUrl: string | null;
  dbUrl: string;
  redisUrl: string | null;
  libvirtUri: string | null;
}

export async function startCloud(options: CloudOptions): Promise<Cloud> {
  await ensureBuilt();
  const layout = layoutOf(options.dir);
  const settings = await settingsOf(layout, options.nodes, options.controllers, options.localDesktops);
  const names = daemonsOf(options.nodes, options.controllers);
  const urlOf = (name: DaemonName): string => `http://${options.hosts?.[name] ?? '127.0.0.1'}:${settings.ports[name]}`;
  const parts = await startParts(options, layout);
  const processes: Array<DaemonName | 'all-in-one'> = options.mode === 'distributed' ? names : ['all-in-one'];
  const envOf = (name: DaemonName | 'all-in-one'): Record<string, string> => (name === 'all-in-one' ? Object.assign({}, ...Object.values(options.env ?? {})) : (options.env?.[name] ?? {})) as Record<string, string>;

  const launch = (name: DaemonName | 'all-in-one', env = envOf(name)): Promise<number> => startProcess(layout, name, env, name === 'all-in-one' ? [] : options.enter?.[name]);

  await writeConfigs(options, layout, settings, parts, urlOf);
  const enrolled = await isEnrolled(layout, names);
  // Known daemons start all at once; new ones need a join token, which a running CLC gives.
  if (options.mode === 'distributed' && !enrolled) {
    await ensureProcess('clc');
    await until('the CLC lives', async () => (await fetch(`${urlOf('clc')}/livez`)).ok, 60_000);
    await writeConfigs(options, layout, settings, parts, urlOf, await joinTokens(urlOf('clc'), settings, names));
    for (const name of names) await ensureProcess(name);
  } else {
    for (const name of processes) await ensureProcess(name);
  }

  const cloud: Cloud = {
    json: await describe(),
    layout,
    async kill(name, signal = 'SIGKILL') {
      await stopProcess(layout, processOf(name), signal);
    },
    async start(name, env) {
      await launch(processOf(name), env);
      cloud.json = await describe();
      await writeCloudJson();
    },
    ready: (name, withinMs = 60_000) => until(`${name} is ready`, () => isReady(urlOf(name)), withinMs),
    stop: () => stopCloud(options.dir, { servers: !options.servers }),
  };
  await Promise.all(names.map((name) => cloud.ready(name))).catch(async (e: unknown) => {
    await cloud.stop();
    throw new Error(`the cloud did not become ready (logs in ${path.join(options.dir, 'log')}): ${e instanceof Error ? e.message : String(e)}`);
  });
  cloud.json = await describe();
  await writeCloudJson();
  return cloud;

  /** What runs already stays: `up` on a cloud that lost one daemon starts just that one. */
  async function ensureProcess(name: DaemonName | 'all-in-one'): Promise<void> {
    if (!(await pidOf(layout, name))) await launch(name);
  }
  function processOf(name: DaemonName): DaemonName | 'all-in-one' {
    return options.mode === 'distributed' ? name : 'all-in-one';
  }
  async function describe(): Promise<CloudJson> {
    const daemons = Object.fromEntries(await Promise.all(names.map(async (name) => [name, { url: urlOf(name), pid: (await pidOf(layout, processOf(name))) ?? 0 }] as const))) as CloudJson['daemons'];
    return { mode: options.mode, clcUrl: urlOf('clc'), adminUser: settings.adminUser, adminPassword: settings.adminPassword, daemons, ...parts };
  }
  async function writeCloudJson(): Promise<void> {
    await writeFile(layout.cloudJson, `${JSON.stringify(cloud.json, null, 2)}\n`, { mode: 0o600 });
  }
}

const isReady = async (url: string): Promise<boolean> => (await fetch(`${url}/readyz`)).status === 200;

async function startParts(options: CloudOptions, layout: Layout): Promise<Parts> {
  const sqlite = `sqlite:${path.join(layout.data('clc'), 'clc.db')}`;
  if (options.servers) return options.servers;
  if (options.mode === 'distributed') {
    const servers = await startServers({ dir: layout.servers, libvirt: options.hypervisor === 'libvirt' });
    return { amqpUrl: servers.amqpUrl, clusterAmqpUrl: servers.clusterAmqpUrl, dbUrl: servers.dbUrl, redisUrl: servers.redisUrl, libvirtUri: servers.libvirtUri };
  }
  const libvirtd = options.hypervisor === 'libvirt' ? await startLibvirtd({ dir: path.join(layout.servers, 'libvirt') }) : null;
  return { amqpUrl: null, clusterAmqpUrl: null, dbUrl: sqlite, redisUrl: null, libvirtUri: libvirtd?.uri ?? null };
}

async function isEnrolled(layout: Layout, names: readonly DaemonName[]): Promise<boolean> {
  for (const name of names.filter((d) => roleOf(d) !== 'clc')) {
    const known = await access(path.join(layout.data(name), 'identity.json')).then(() => true, () => false);
    if (!known) return false;
  }
  return true;
}

/** What is defined is there in a moment: who tries it does not wait for an idle classroom at night. */
const OF_A_TRIAL = { enabled: true, askSeconds: 2, syncMaxLoad: 1000 };

type Tokens = Partial<Record<DaemonName, string>>;

async function joinTokens(clc: string, settings: Settings, names: readonly DaemonName[]): Promise<Tokens> {
  const post = async (at: string, body: unknown, headers: Record<string, string> = {}): Promise<unknown> => {
    const response = await fetch(`${clc}/clc/api/1.0/${at}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${at}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const { token } = (await post('login', { user: settings.adminUser, password: settings.adminPassword })) as { token: string };
  const tokens: Tokens = {};
  for (const name of names.filter((d) => roleOf(d) !== 'clc')) {
    tokens[name] = ((await post('nodes/tokens', { role: roleOf(name) }, { authorization: `Bearer ${token}` })) as { token: string }).token;
  }
  return tokens;
}

async function writeConfigs(options: CloudOptions, layout: Layout, settings: Settings, parts: Parts, urlOf: (name: DaemonName) => string, tokens: Tokens = {}): Promise<void> {
  const distributed = options.mode === 'distributed';
  const common = (name: DaemonName): Record<string, unknown> => ({
    dataDir: layout.data(name),
    listen: { host: '127.0.0.1', port: settings.ports[name] },
    ...(tokens[name] ? { joinToken: tokens[name] } : {}),
  });
  const clcBus = distributed ? { busUrl: parts.amqpUrl } : {};
  const controller = (name: DaemonName): Record<string, unknown> => ({ ...common(name), ...clcBus, databaseUrl: parts.dbUrl, redisUrl: parts.redisUrl ?? '', admin: { user: settings.adminUser, password: settings.adminPassword } });
  const node = (name: DaemonName): Record<string, unknown> => ({ ...common(name), ...(distributed ? { busUrl: parts.clusterAmqpUrl } : {}), ccUrl: urlOf('cc'), hypervisor: { kind: options.hypervisor, ...(parts.libvirtUri ? { uri: parts.libvirtUri } : {}) }, ...(settings.localDesktops ? { local: OF_A_TRIAL } : {}) });
  const configs: Partial<Record<DaemonName, Record<string, unknown>>> = {
    clc: controller('clc'),
    walrus: { ...common('walrus'), ...clcBus, clcUrl: urlOf('clc') },
    sc: { ...common('sc'), ...clcBus, clcUrl: urlOf('clc') },
    cc: { ...common('cc'), ...clcBus, ...(settings.localDesktops ? { usages: ['vs', 'rvd', 'lvd'] } : {}), ...(distributed ? { clusterBusUrl: parts.clusterAmqpUrl } : {}), clcUrl: urlOf('clc') },
    nc: node('nc'),
  };
  const names = daemonsOf(options.nodes, options.controllers);
  for (const name of names) configs[name] = merge(configs[name] ?? (roleOf(name) === 'clc' ? controller(name) : { ...node(name), name }), options.overrides?.[name] ?? {});
  const write = (name: string, config: unknown): Promise<void> => writeFile(layout.config(name), stringify(config), { mode: 0o600 });
  if (distributed) await Promise.all(names.map((name) => write(name, configs[name])));
  else await write('all-in-one', configs);
}

function merge(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const out = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = out[key];
    const both = typeof value === 'object' && value !== null && !Array.isArray(value) && typeof old === 'object' && old !== null;
    out[key] = both ? merge(old as Record<string, unknown>, value as Record<string, unknown>) : value;
  }
  return out;
}
