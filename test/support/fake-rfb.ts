// A guest's screen for browser tests: RFB 3.8 without authentication, one raw rectangle per request. Used by fake-clc.ts.
import type { WebSocket } from 'ws';

const WIDTH = 320;
const HEIGHT = 240;

/** @param onKey each key event the viewer sends @param onCut each text of its clipboard, which the guest then has copied itself in capitals */
export function serveRfb(socket: WebSocket, onKey: (keysym: number, down: boolean) => void, onCut: (text: string) => void = () => undefined): void {
  let pending = Buffer.alloc(0);
  let stage: 'version' | 'security' | 'init' | 'messages' = 'version';
  /** Cuts `size` bytes from what has arrived, or null while they are not all there. */
  const take = (size: number): Buffer | null => {
    if (pending.length < size) return null;
    const cut = pending.subarray(0, size);
    pending = pending.subarray(size);
    return cut;
  };

  const step = (): boolean => {
    if (stage === 'version') {
      if (!take(12)) return false;
      socket.send(Buffer.from([1, 1])); // one security type: none
      stage = 'security';
    } else if (stage === 'security') {
      if (!take(1)) return false;
      socket.send(Buffer.alloc(4)); // OK
      stage = 'init';
    } else if (stage === 'init') {
      if (!take(1)) return false;
      socket.send(serverInit());
      stage = 'messages';
    } else {
      const size = messageSize(pending);
      const message = size === null ? null : take(size);
      if (!message) return false;
      if (message[0] === 3) socket.send(picture());
      if (message[0] === 6) {
        const text = message.subarray(8).toString('latin1');
        onCut(text);
        socket.send(cutText(text.toUpperCase()));
      }
      if (message[0] === 4) onKey(message.readUInt32BE(4), message[1] === 1);
    }
    return true;
  };

  socket.on('message', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (step());
  });
  socket.send(Buffer.from('RFB 003.008\n'));
}

/** Length of the client message at the front; null until it can be told. */
function messageSize(bytes: Buffer): number | null {
  switch (bytes[0]) {
    case undefined: return null;
    case 0: return 20; // SetPixelFormat
    case 2: return bytes.length < 4 ? null : 4 + 4 * bytes.readUInt16BE(2); // SetEncodings
    case 3: return 10; // FramebufferUpdateRequest
    case 4: return 8; // KeyEvent
    case 5: return 6; // PointerEvent
    case 6: return bytes.length < 8 ? null : 8 + bytes.readInt32BE(4); // ClientCutText
    default: throw new Error(`fake-rfb does not know client message ${bytes[0]}`);
  }
}

function serverInit(): Buffer {
  const name = Buffer.from('stand-in guest');
  const head = Buffer.alloc(24);
  head.writeUInt16BE(WIDTH, 0);
  head.writeUInt16BE(HEIGHT, 2);
  // 32 bits per pixel, depth 24, little endian, true colour, 8 bits each, shifts 16/8/0.
  Buffer.from([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]).copy(head, 4);
  head.writeUInt32BE(name.length, 20);
  return Buffer.concat([head, name]);
}

/** One raw rectangle over the whole screen, blue-green bands; noVNC asks for red in the lowest byte. */
function picture(): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt16BE(1, 2);
  head.writeUInt16BE(WIDTH, 8);
  head.writeUInt16BE(HEIGHT, 10);
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 4);
  for (let at = 0; at < pixels.length; at += 4) {
    const row = Math.floor(at / 4 / WIDTH);
    pixels[at] = 20;
    pixels[at + 1] = 120 + (Math.floor(row / 24) % 2) * 60;
    pixels[at + 2] = 140;
  }
  return Buffer.concat([head, pixels]);
}

function cutText(text: string): Buffer {
  const head = Buffer.alloc(8);
  head[0] = 3;
  head.writeUInt32BE(text.length, 4);
  return Buffer.concat([head, Buffer.from(text, 'latin1')]);
}
