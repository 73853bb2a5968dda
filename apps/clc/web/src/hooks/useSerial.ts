// A guest's serial console: a terminal at the end of a way that is kept open. What it said before comes first, so after a break nothing is missing.
import { useCallback, useEffect, useRef } from 'react';
import type { RefObject } from 'react';
import { Terminal } from '@xterm/xterm';
import type { ScreenOf } from '../api/cloud.ts';
import { useGuestChannel, type ChannelEnds, type GuestChannel } from './useGuestChannel.ts';

// What a serial port's other end takes for granted: it is never told of another size.
const COLUMNS = 80;
const ROWS = 24;
/** Width of a letter, as part of its height, of the usual fixed-width faces. */
const LETTER = 0.605;
const FONT = { least: 8, most: 18 };
const COLOURS = { background: '#0c1416', foreground: '#d6e2e0', cursor: '#86cfc2', cursorAccent: '#0c1416', selectionBackground: '#2f5a55' };

export interface GuestSerial extends GuestChannel {
  terminal: RefObject<Terminal | null>;
}

export function useSerial(of: ScreenOf, id: string, target: RefObject<HTMLElement | null>): GuestSerial {
  const terminal = useRef<Terminal | null>(null);
  const line = useRef<WebSocket | null>(null);

  useEffect(() => {
    const place = target.current;
    if (!place) return;
    const size = (): number => Math.max(FONT.least, Math.min(FONT.most, Math.floor((place.clientWidth - 32) / COLUMNS / LETTER)));
    const made = new Terminal({ cols: COLUMNS, rows: ROWS, fontSize: size(), fontFamily: getComputedStyle(place).getPropertyValue('--mono') || 'monospace', theme: COLOURS, cursorBlink: false, scrollback: 5000, screenReaderMode: true, convertEol: false });
    made.open(place);
    const send = (bytes: Uint8Array<ArrayBuffer>): void => {
      if (line.current?.readyState === WebSocket.OPEN) line.current.send(bytes);
    };
    made.onData((text) => send(new TextEncoder().encode(text)));
    made.onBinary((text) => send(Uint8Array.from(text, (sign) => sign.charCodeAt(0))));
    const fit = new ResizeObserver(() => { made.options.fontSize = size(); });
    fit.observe(place);
    terminal.current = made;
    return () => {
      fit.disconnect();
      made.dispose();
      terminal.current = null;
    };
  }, [target]);

  const join = useCallback((address: string, ends: ChannelEnds): (() => void) => {
    const socket = new WebSocket(address);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      terminal.current?.reset();
      ends.connected();
    });
    socket.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => terminal.current?.write(new Uint8Array(data)));
    socket.addEventListener('close', () => ends.lost());
    line.current = socket;
    return () => socket.close();
  }, []);
  return { ...useGuestChannel({ of, id, channel: 'serial', join }), terminal };
}
