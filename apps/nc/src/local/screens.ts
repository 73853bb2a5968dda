// The screen of a running local desktop for those who may come in by the door: a unix socket beside it that leads to the guest's VNC server,
// whose own socket belongs to QEMU alone.
import { chmod, rm } from 'node:fs/promises';
import net from 'node:net';
import type { Hypervisor } from '../drivers/hypervisor/interface.ts';

export interface Screens {
  /** Open already: fine. */
  open(name: string, path: string): Promise<void>;
  close(name: string): Promise<void>;
  closeAll(): Promise<void>;
}

export function createScreens(deps: { hypervisor: Pick<Hypervisor, 'consoleAddress'>; mode: number }): Screens {
  const screens = new Map<string, { server: net.Server; path: string; sockets: Set<net.Socket> }>();
  async function close(name: string): Promise<void> {
    const screen = screens.get(name);
    screens.delete(name);
    if (!screen) return;
    screen.server.close();
    for (const socket of screen.sockets) socket.destroy();
    await rm(screen.path, { force: true });
  }
  return {
    async open(name, path) {
      if (screens.has(name)) return;
      await rm(path, { force: true }); // of a process that died
      const sockets = new Set<net.Socket>();
      const server = net.createServer((viewer) => {
        sockets.add(viewer);
        viewer.on('error', () => undefined).on('close', () => sockets.delete(viewer));
        deps.hypervisor.consoleAddress(name).then((address) => {
          if (viewer.destroyed) return; // left meanwhile
          const vnc = net.connect(address as net.NetConnectOpts);
          viewer.pipe(vnc).pipe(viewer);
          vnc.on('error', () => viewer.destroy()).on('close', () => viewer.destroy());
          viewer.on('close', () => vnc.destroy());
        }, () => viewer.destroy());
      });
      server.on('error', () => undefined); // one that could not come in; how it begins is told below
      screens.set(name, { server, path, sockets });
      const before = process.umask(0o177); // node binds within the call
      try {
        server.listen(path);
      } finally {
        process.umask(before);
      }
      try {
        await new Promise<void>((resolve, reject) => { server.once('listening', resolve).once('error', reject); });
        await chmod(path, deps.mode);
      } catch (e) {
        await close(name);
        throw e;
      }
    },
    close,
    async closeAll() {
      for (const name of [...screens.keys()]) await close(name);
    },
  };
}
