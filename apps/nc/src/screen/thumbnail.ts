// A guest's screen made small enough for a list: PNG or PPM, as the hypervisor gives it, to a PNG of at most 320 pixels' width. Called by routes/screenshot.ts.
import { CloudError } from '@educloud/errors';
import { PNG } from 'pngjs';

export const THUMBNAIL_WIDTH = 320;
/** More pixels than any screen of a guest has. */
const PIXELS_MAX = 7680 * 4320;

interface Picture { width: number; height: number; /** Bytes of one pixel: red, green, blue first. */ depth: 3 | 4; pixels: Uint8Array }

export function thumbnailOf(shot: { mime: string; bytes: Uint8Array }): Buffer {
  const picture = shot.mime === 'image/png' ? fromPng(shot.bytes) : fromPpm(shot.bytes);
  const width = Math.min(picture.width, THUMBNAIL_WIDTH);
  const height = Math.max(1, Math.round((picture.height * width) / picture.width));
  const small = new PNG({ width, height });
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) small.data.set(averaged(picture, x, y, width, height), (y * width + x) * 4);
  return PNG.sync.write(small);
}

/** Mean colour of the part of the picture that this pixel stands for: a letter becomes grey instead of half of it. */
function averaged({ width, height, depth, pixels }: Picture, x: number, y: number, toWidth: number, toHeight: number): number[] {
  const [left, right] = [Math.floor((x * width) / toWidth), Math.max(Math.floor((x * width) / toWidth) + 1, Math.floor(((x + 1) * width) / toWidth))];
  const [top, bottom] = [Math.floor((y * height) / toHeight), Math.max(Math.floor((y * height) / toHeight) + 1, Math.floor(((y + 1) * height) / toHeight))];
  let [red, green, blue] = [0, 0, 0];
  for (let row = top; row < bottom; row += 1) {
    for (let at = (row * width + left) * depth; at < (row * width + right) * depth; at += depth) {
      red += pixels[at] as number;
      green += pixels[at + 1] as number;
      blue += pixels[at + 2] as number;
    }
  }
  const count = (right - left) * (bottom - top);
  return [red / count, green / count, blue / count, 255];
}

const refused = (why: string): CloudError => new CloudError('HYPERVISOR_FAILED', `the picture of the screen cannot be read: ${why}`);

function sized(width: number, height: number): void {
  if (!(width > 0 && height > 0 && width * height <= PIXELS_MAX)) throw refused(`${width} × ${height} pixels`);
}

function fromPng(bytes: Uint8Array): Picture {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Before anything is unpacked.
  if (buffer.length < 24) throw refused('too short');
  sized(buffer.readUInt32BE(16), buffer.readUInt32BE(20));
  try {
    const { width, height, data } = PNG.sync.read(buffer);
    return { width, height, depth: 4, pixels: data };
  } catch (e) {
    throw new CloudError('HYPERVISOR_FAILED', 'the picture of the screen cannot be read', { cause: e });
  }
}

function fromPpm(bytes: Uint8Array): Picture {
  const head = /^P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s/.exec(Buffer.from(bytes.subarray(0, 64)).toString('latin1'));
  if (!head) throw refused('neither PNG nor PPM');
  const [width, height] = [Number(head[1]), Number(head[2])];
  sized(width, height);
  const pixels = bytes.subarray(head[0].length);
  if (pixels.length < width * height * 3) throw refused('it ends early');
  return { width, height, depth: 3, pixels };
}
