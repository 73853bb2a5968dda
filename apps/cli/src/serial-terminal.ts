// A guest's serial port on this terminal: every key goes to the guest as it is, until Ctrl-]. Used by `edu instance serial` and, without keys, by
// `edu instance log --follow`.
import type { Readable } from 'node:stream';
import { WebSocket } from 'ws';

const OPEN_MS = 15_000;
/** Ctrl-], as telnet and virsh have it. */
export const LEAVE = 0x1d;

export type SerialEnd = 'left' | 'off' | 'lost';

export interface SerialTerminalOptions {
  at: { url: string; headers: Record<string, string> };
  /** Keys; null: it is only looked at. At their end, as of a pipe, it is left. */
  keys: Readable | null;
  said(chunk: Buffer): void;
  opened?(): void;
  /** Ends it from here. */
  signal: AbortSignal;
}

/** @returns `off`: the guest is; `lost`: the way to it broke off. @throws when it cannot be opened */
export function openSerialTerminal({ at, keys, said, opened, signal }: SerialTerminalOptions): Promise<SerialEnd> {
  const line = new WebSocket(at.url, { headers: at.headers, handshakeTimeout: OPEN_MS });
  return new Promise<SerialEnd>((resolve, reject) => {
    let end: SerialEnd | null = null;
    let was = false;
    // The farewell goes after what was typed.
    const leave = (): void => {
      end = 'left';
      if (line.readyState === WebSocket.OPEN) line.close();
      else line.terminate();
    };
    const typed = (chunk: Buffer): void => {
      const out = chunk.indexOf(LEAVE);
      const told = out === -1 ? chunk : chunk.subarray(0, out);
      if (told.length > 0 && line.readyState === WebSocket.OPEN) line.send(told, { binary: true });
      if (out !== -1) leave();
    };
    signal.addEventListener('abort', leave);
    line.on('open', () => {
      was = true;
      opened?.();
      keys?.on('data', typed).on('end', leave);
    });
    line.on('message', (chunk: Buffer) => said(chunk));
    line.on('error', (e) => {
      if (!was && end === null) reject(e);
    });
    line.on('close', (code) => {
      keys?.off('data', typed).off('end', leave);
      signal.removeEventListener('abort', leave);
      // 1005, 1000: somebody said goodbye; 1006: nobody did.
      resolve(end ?? (code === 1006 ? 'lost' : 'off'));
    });
  });
}
