// A private OpenSSH server that gives out SFTP below one folder and nothing else, with keys of its own. For the SFTP transfer and its tests.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { freePort } from './ports.ts';
import { endByPidFile, endProcess, inDir, isRoot, livePid, makeDir, readJson, spawnDetached, waitReady, writeAtomic } from './process.ts';

export interface SshServer {
  pid: number;
  host: string;
  port: number;
  username: string;
  /** OpenSSH format; also in `privateKeyFile`. */
  privateKey: string;
  privateKeyFile: string;
  /** SHA256 of the host key as ssh-keygen prints it, without the prefix. */
  hostKeySha256: string;
  /** The folder as this machine sees it; a client sees it as `/` when root serves it, else as its working directory. */
  root: string;
  url: string;
  stop(): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
}

export interface SshOptions {
  dir: string;
  port?: number;
  /** Served folder; default `dir/files`. As root it is the client's `/` (chroot), so it must be root's and not writable by others. */
  root?: string;
}

const run = promisify(execFile);

/** sshd refuses to chroot below a directory that others may write, as /tmp is: so it sees the folder elsewhere, in a mount namespace of its own. */
const CHROOT = '/srv';
const WITH_CHROOT = ['unshare', '-m', '--propagation', 'private', 'sh', '-c', `mkdir -p ${CHROOT} && mount --bind "$1" ${CHROOT} && shift && exec "$@"`, 'sshd-ns'];

const speaksSsh = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, done(false));
    socket.once('data', (d) => done(d.toString().startsWith('SSH-2.0'))());
    socket.once('error', done(false)).once('close', done(false));
  });

export async function startSshd({ dir, port, root }: SshOptions): Promise<SshServer> {
  const at = inDir(dir);
  makeDir(dir);
  const served = root ?? at('files');
  makeDir(served);
  const known = readJson<{ port: number }>(at('state.json'));
  const state = { port: port ?? known?.port ?? (await freePort()) };
  writeAtomic(at('state.json'), JSON.stringify(state));
  for (const key of ['host_key', 'client_key']) {
    if (!existsSync(at(key))) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', key, '-f', at(key)]);
  }
  const username = userInfo().username;
  writeAtomic(at('authorized_keys'), readFileSync(at('client_key.pub'), 'utf8'));
  writeAtomic(
    at('sshd_config'),
    [
      `Port ${state.port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${at('host_key')}`,
      `AuthorizedKeysFile ${at('authorized_keys')}`,
      `AllowUsers ${username}`,
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'StrictModes no', // the temporary directory above is everybody's
      'PidFile none',
      'AllowTcpForwarding no',
      'X11Forwarding no',
      'PermitTTY no',
      'PrintMotd no',
      'UseDNS no',
      'MaxStartups 100:30:200',
      'MaxSessions 50',
      'Subsystem sftp internal-sftp',
      isRoot() ? 'ForceCommand internal-sftp' : `ForceCommand internal-sftp -d ${served}`,
      ...(isRoot() ? [`ChrootDirectory ${CHROOT}`] : []),
      '',
    ].join('\n'),
  );
  const launch = async (): Promise<number> => {
    if (isRoot()) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 }); // sshd refuses to start without its empty directory
    const pid = spawnDetached({ argv: [...(isRoot() ? [...WITH_CHROOT, served] : []), '/usr/sbin/sshd', '-D', '-e', '-f', at('sshd_config')], cwd: dir, logFile: at('console.log'), pidFile: at('server.pid') });
    await waitReady('sshd', pid, at('console.log'), () => speaksSsh(state.port), 10_000);
    return pid;
  };
  const { stdout } = await run('ssh-keygen', ['-l', '-f', at('host_key.pub')]);
  const server: SshServer = {
    pid: livePid(at('server.pid')) ?? (await launch()),
    host: '127.0.0.1',
    port: state.port,
    username,
    privateKey: readFileSync(at('client_key'), 'utf8'),
    privateKeyFile: at('client_key'),
    hostKeySha256: /SHA256:(\S+)/.exec(stdout)?.[1] ?? '',
    root: served,
    url: `sftp://${username}@127.0.0.1:${state.port}/`,
    stop: () => stopSshd({ dir }),
    kill: (signal = 'SIGKILL') => endProcess(server.pid, signal),
    async restart() {
      await endProcess(server.pid);
      server.pid = await launch();
    },
  };
  return server;
}

export const stopSshd = ({ dir }: { dir: string }): Promise<void> => endByPidFile(inDir(dir)('server.pid'));
