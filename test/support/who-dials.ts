// A door in front of a daemon that notes which process each connection comes from. For tests of who may talk to whom.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface WatchedDoor {
  url: string;
  /** Process ids of the callers so far. */
  callers(): number[];
  close(): Promise<void>;
}

/** @param port of the daemon, on 127.0.0.1; it may start later */
export async function watchDoor(port: number): Promise<WatchedDoor> {
  const callers = new Set<number>();
  const open = new Set<Socket>();
  const server = createServer({ pauseOnConnect: true }, (caller) => {
    const pid = ownerOf(caller.remotePort ?? 0, caller.localPort ?? 0);
    if (pid !== null) callers.add(pid);
    const daemon = connect(port, '127.0.0.1');
    for (const [socket, other] of [[caller, daemon], [daemon, caller]] as const) {
      open.add(socket);
      socket.on('error', () => other.destroy()).on('close', () => { open.delete(socket); other.destroy(); });
      socket.pipe(other);
    }
    caller.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    callers: () => [...callers],
    close: () => new Promise((resolve) => { for (const socket of open) socket.destroy(); server.close(() => resolve()); }),
  };
}

/** Who holds the other end of a loopback connection: its line in /proc/net/tcp names the socket, a /proc/PID/fd leads to it. */
function ownerOf(from: number, to: number): number | null {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
  const line = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => readFileSync(file, 'utf8').split('\n')).map((l) => l.trim().split(/\s+/)).find((f) => f[1]?.endsWith(`:${hex(from)}`) && f[2]?.endsWith(`:${hex(to)}`));
  const socket = line ? `socket:[${line[9]}]` : null;
  return readdirSync('/proc').filter((p) => /^\d+$/.test(p)).map(Number).find((pid) => socket !== null && holds(pid, socket)) ?? null;
}

function holds(pid: number, socket: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === socket;
      } catch {
        return false; // closed meanwhile
      }
    });
  } catch {
    return false; // ended meanwhile
  }
}
