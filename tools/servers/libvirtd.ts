// A private libvirtd in a mount namespace of its own: own sockets, domains, configuration and, where KVM does not work, a /dev without it.
// The system's libvirtd and its guests are never seen. Root only.
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, cpSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { endByPidFile, endProcess, inDir, isRoot, livePid, makeDir, readJson, recordPid, spawnDetached, startTimeOf, waitReady, writeAtomic } from './process.ts';

export interface LibvirtOptions {
  dir: string;
  /** Run inside this network namespace (`ip netns`); default: the caller's. */
  netns?: string;
  /** Hide /dev/kvm. Default: hidden when it cannot be opened, is not there or is known to be broken. */
  hideKvm?: boolean;
}

export interface LibvirtServer {
  pid: number;
  /** qemu+unix:///system?socket=… */
  uri: string;
  socket: string;
  /** With `guests` the guests of this libvirtd are ended too; otherwise they run on, as after a restart. */
  stop(options?: { guests?: boolean }): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
}

interface State {
  hostUuid: string;
  hideKvm: boolean;
  netns: string | null;
}

/** argv: base directory, 'hide' or 'keep'. tini reaps what libvirtd leaves behind; -s because it is not pid 1 here. */
const IN_NAMESPACE = `set -e
B=$1
bind() { mkdir -p "$2"; mount --bind "$B/$1" "$2"; }
bind run /run/libvirt
bind lib /var/lib/libvirt
bind etc /etc/libvirt
bind cache /var/cache/libvirt
bind log /var/log/libvirt
if [ "$2" = hide ]; then
  mount -t tmpfs -o mode=755 dev "$B/dev"
  for d in null zero full random urandom tty; do cp -a "/dev/$d" "$B/dev/"; done
  mkdir -p "$B/dev/pts" "$B/dev/shm" "$B/dev/net"
  if [ -e /dev/net/tun ]; then cp -a /dev/net/tun "$B/dev/net/"; fi
  if [ -e /dev/vhost-net ]; then cp -a /dev/vhost-net "$B/dev/"; fi
  ln -s pts/ptmx "$B/dev/ptmx"
  ln -s /proc/self/fd "$B/dev/fd"
  mount --bind /dev/pts "$B/dev/pts"
  mount -t tmpfs shm "$B/dev/shm"
  mount --move "$B/dev" /dev
fi
exec tini -s -- libvirtd -f /etc/libvirt/libvirtd.conf -p "$B/libvirtd.pid"
`;

/** Opening /dev/kvm proves little: a machine inside a machine may offer it and fail at the first guest. So a guest CPU is made. */
export function kvmWorks(): boolean {
  try {
    closeSync(openSync('/dev/kvm', 'r+'));
  } catch {
    return false;
  }
  const probe = spawnSync('qemu-system-x86_64', ['-accel', 'kvm', '-cpu', 'host', '-machine', 'q35', '-m', '16', '-display', 'none', '-nodefaults', '-serial', 'none', '-monitor', 'stdio'], {
    input: 'quit\n',
    timeout: 5_000,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  return probe.status === 0;
}

function writeConfig(dir: string, state: State): void {
  const at = inDir(dir);
  for (const d of ['run', 'lib', 'etc', 'cache', 'log', 'dev']) makeDir(at(d));
  if (!existsSync(at('etc/qemu'))) {
    if (existsSync('/etc/libvirt')) cpSync('/etc/libvirt', at('etc'), { recursive: true, verbatimSymlinks: true });
    // Not the system's guests and networks.
    rmSync(at('etc/qemu'), { recursive: true, force: true });
    mkdirSync(at('etc/qemu'), { recursive: true });
    for (const d of ['autostart', 'storage', 'secrets']) rmSync(at(join('etc', d)), { recursive: true, force: true });
  }
  writeAtomic(
    at('etc/qemu.conf'),
    ['user = "root"', 'group = "root"', 'dynamic_ownership = 1', 'security_driver = "none"', 'stdio_handler = "file"', 'cgroup_controllers = []', 'namespaces = []', 'vnc_listen = "127.0.0.1"', ''].join('\n'),
  );
  writeAtomic(at('etc/libvirtd.conf'), [`host_uuid = "${state.hostUuid}"`, 'listen_tls = 0', 'listen_tcp = 0', 'auth_unix_rw = "none"', 'unix_sock_rw_perms = "0700"', 'log_filters = "4:util 3:qemu"', ''].join('\n'));
}

const answers = (socket: string): Promise<boolean> =>
  new Promise((resolve) => {
    const s = connect(socket, () => {
      s.destroy();
      resolve(true);
    });
    s.once('error', () => resolve(false));
  });

export async function startLibvirtd({ dir, netns, hideKvm }: LibvirtOptions): Promise<LibvirtServer> {
  if (!isRoot()) throw new Error('a private libvirtd needs root (mount namespace)');
  const at = inDir(dir);
  makeDir(dir);
  const known = readJson<State>(at('state.json'));
  // KVM may have been repaired or broken since the last start; a libvirtd that runs keeps the /dev it has.
  const runs = livePid(at('server.pid')) !== null;
  const state: State = { hostUuid: known?.hostUuid ?? randomUUID(), hideKvm: hideKvm ?? (runs ? known?.hideKvm : undefined) ?? !kvmWorks(), netns: netns ?? known?.netns ?? null };
  writeAtomic(at('state.json'), JSON.stringify(state));
  writeConfig(dir, state);
  const socket = at('run/libvirt-sock');

  const launch = async (): Promise<number> => {
    rmSync(socket, { force: true });
    rmSync(at('libvirtd.pid'), { force: true });
    const enter = state.netns ? ['ip', 'netns', 'exec', state.netns] : [];
    const outer = spawnDetached({
      argv: [...enter, 'unshare', '-m', '--propagation', 'private', 'sh', '-c', IN_NAMESPACE, 'libvirtd-ns', dir, state.hideKvm ? 'hide' : 'keep'],
      cwd: '/',
      logFile: at('console.log'),
      pidFile: at('tini.pid'),
    });
    // connect() succeeds as soon as it listens; the pid file is written just before.
    await waitReady('libvirtd', outer, at('console.log'), async () => existsSync(at('libvirtd.pid')) && (await answers(socket)), 30_000);
    const pid = Number(readFileSync(at('libvirtd.pid'), 'utf8').trim());
    recordPid(at('server.pid'), pid);
    return pid;
  };

  const server: LibvirtServer = {
    pid: livePid(at('server.pid')) ?? (await launch()),
    uri: `qemu+unix:///system?socket=${socket}`,
    socket,
    stop: (options) => stopLibvirtd({ dir, ...options }),
    async kill(signal = 'SIGKILL') {
      await endProcess(server.pid, signal);
    },
    async restart() {
      await endDaemon(dir);
      server.pid = await launch();
    },
  };
  return server;
}

async function endDaemon(dir: string): Promise<void> {
  const at = inDir(dir);
  for (const file of ['server.pid', 'tini.pid']) await endByPidFile(at(file));
}

/** libvirt writes one pid file per guest; the command line must name our directory's guest too, so a recycled pid is left alone. */
export function guestPids(dir: string): number[] {
  const folder = join(dir, 'run', 'qemu');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((f) => f.endsWith('.pid'))
    .map((f) => ({ name: f.slice(0, -4), pid: Number(readFileSync(join(folder, f), 'utf8').trim()) }))
    .filter(({ name, pid }) => startTimeOf(pid) !== null && commandLine(pid).includes(`guest=${name}`))
    .map(({ pid }) => pid);
}

const commandLine = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};

/** Our private dnsmasq and the like: processes that share the mount namespace of this libvirtd, other than guests. */
function namespaceMembers(namespace: string | null): number[] {
  if (!namespace) return [];
  return readdirSync('/proc')
    .filter((p) => /^\d+$/.test(p) && namespaceOf(Number(p)) === namespace)
    .map(Number);
}

const namespaceOf = (pid: number): string | null => {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return null;
  }
};

/** The mounts live in the namespace and go with its last process. */
export async function stopLibvirtd({ dir, guests = false }: { dir: string; guests?: boolean }): Promise<void> {
  const at = inDir(dir);
  const pid = livePid(at('server.pid'));
  const namespace = pid ? namespaceOf(pid) : null;
  const own = namespaceOf(process.pid);
  await endDaemon(dir);
  if (!guests) return;
  await Promise.all(guestPids(dir).map((guest) => endProcess(guest, 'SIGTERM', 5_000)));
  if (namespace && namespace !== own) await Promise.all(namespaceMembers(namespace).map((member) => endProcess(member, 'SIGTERM', 3_000)));
}
