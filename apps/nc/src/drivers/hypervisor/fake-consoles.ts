// Screens and serial ports of guests that are not there: unix sockets that greet like VNC, or echo what is typed as a shell without commands would.
// Used by the fake hypervisor.
import { appendFileSync, existsSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';

export interface FakeConsoles {
  vnc(insId: string): Promise<{ path: string }>;
  serial(insId: string, log: string | null): Promise<{ path: string }>;
  /** As at a power-off: who looks is cut off. */
  close(insId: string): void;
  closeAll(): void;
}

export const FAKE_PROMPT = 'fake# ';

/** Appended to the log of its serial port, as QEMU would. */
export function fakeSays(log: string | null | undefined, text: string): void {
  if (log && existsSync(path.dirname(log))) appendFileSync(log, text, { mode: 0o600 });
}

export function createFakeConsoles(stateDir: string | undefined): FakeConsoles {
  const open = new Map<string, { server: Server; path: string; sockets: Set<Socket> }>();
  const dir = stateDir !== undefined && stateDir.length < 80 ? stateDir : os.tmpdir();

  async function listen(name: string, serve: (socket: Socket) => void): Promise<{ path: string }> {
    const there = open.get(name);
    if (there) return { path: there.path };
    const at = path.join(dir, name.replace('.', `-${process.pid}.`));
    rmSync(at, { force: true });
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
      serve(socket);
    });
    server.unref();
    open.set(name, { server, path: at, sockets });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(at, resolve));
    return { path: at };
  }
  function end(name: string): void {
    const there = open.get(name);
    open.delete(name);
    there?.server.close();
    for (const socket of there?.sockets ?? []) socket.destroy();
    if (there) rmSync(there.path, { force: true });
  }

  return {
    vnc: (insId) =>
      // Greets and then says nothing more: enough to see that the way to the console works.
      listen(`${insId}.vnc`, (socket) => {
        socket.resume();
        socket.write('RFB 003.008\n');
      }),
    serial: (insId, log) =>
      listen(`${insId}.tty`, (socket) => void socket.on('data', (typed) => fakeSays(log, typed.toString('utf8').replaceAll('\r', `\r\n${FAKE_PROMPT}`)))),
    close(insId) {
      for (const name of [`${insId}.vnc`, `${insId}.tty`]) end(name);
    },
    closeAll() {
      for (const name of [...open.keys()]) end(name);
    },
  };
}
