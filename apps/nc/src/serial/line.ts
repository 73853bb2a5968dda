// The serial port of a running guest for all who look at it together: what they type goes in through the one connection that QEMU accepts, what the guest says
// comes from its log. So nobody misses anything, and a slow looker holds up nobody. Used by the console route.
import net from 'node:net';
import { Duplex } from 'node:stream';
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Hypervisor } from '../drivers/hypervisor/interface.ts';
import { followSerialLog, lastLines } from './log-file.ts';

export interface SerialLines {
  /** Open: what the guest says, after the last `tail` lines of its log, and what it is told. Ends when the guest is off. @throws GUEST_NOT_RUNNING */
  open(insId: string, tail: number): Promise<Duplex>;
  close(): void;
}

interface Line { socket: net.Socket; off: AbortController; users: number; opened: Promise<void> }

const DIAL_MS = 8000;

export function createSerialLines(deps: { hypervisor: Pick<Hypervisor, 'serialAddress'>; logOf(insId: string): string }): SerialLines {
  const lines = new Map<string, Line>();

  async function lineOf(insId: string): Promise<Line> {
    const address = await deps.hypervisor.serialAddress(insId);
    const there = lines.get(insId);
    if (there) return there;
    const socket = net.connect(address);
    const off = new AbortController();
    const opened = new Promise<void>((resolve, reject) => {
      socket.setTimeout(DIAL_MS, () => socket.destroy(new Error(`no connection within ${DIAL_MS} ms`)));
      socket.once('connect', () => {
        socket.setTimeout(0); // a guest may have nothing to say for days
        resolve();
      });
      const silent = (cause?: unknown): void => reject(new CloudError('GUEST_NOT_RUNNING', say('serialSilent'), { cause }));
      socket.on('error', silent).once('close', () => silent());
    });
    const line: Line = { socket, off, users: 0, opened };
    opened.catch(() => undefined); // whoever asked for it hears of it
    lines.set(insId, line);
    socket.resume(); // it is in the log
    socket.once('close', () => {
      if (lines.get(insId) === line) lines.delete(insId);
      off.abort();
    });
    return line;
  }

  return {
    async open(insId, tail) {
      const line = await lineOf(insId);
      line.users += 1;
      const leave = (): void => {
        line.users -= 1;
        if (line.users > 0) return;
        if (lines.get(insId) === line) lines.delete(insId);
        line.socket.destroy();
      };
      try {
        await line.opened;
      } catch (e) {
        leave();
        throw e;
      }
      const left = new AbortController();
      const said = followSerialLog(deps.logOf(insId), { begin: (log) => lastLines(log, tail), ended: line.off.signal, left: left.signal });
      return looker(line, said, () => {
        left.abort();
        leave();
      });
    },
    close() {
      for (const { socket } of lines.values()) socket.destroy();
    },
  };
}

function looker(line: Line, said: AsyncGenerator<Buffer>, leave: () => void): Duplex {
  let reading = false;
  const looker: Duplex = new Duplex({
    allowHalfOpen: false,
    read() {
      if (reading) return;
      reading = true;
      said.next().then(({ done, value }) => {
        reading = false;
        looker.push(done ? null : value);
      }, (e: unknown) => looker.destroy(e as Error));
    },
    write: (chunk: Buffer, _encoding, taken) => void line.socket.write(chunk, () => taken()),
    destroy(error, gone) {
      leave();
      void said.return(undefined).catch(() => undefined); // also where nothing was read yet
      gone(error);
    },
  });
  return looker;
}
