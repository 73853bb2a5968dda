import assert from 'node:assert/strict';
import { hasCode } from '@educloud/errors';
import { PNG } from 'pngjs';
import { thumbnailOf } from './thumbnail.ts';

const ppm = (width: number, height: number, colour: (x: number, y: number) => [number, number, number]): { mime: string; bytes: Uint8Array } => ({
  mime: 'image/x-portable-pixmap',
  bytes: Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), Buffer.from(Array.from({ length: width * height }, (_, i) => colour(i % width, Math.floor(i / width))).flat())]),
});
const png = (width: number, height: number): { mime: string; bytes: Uint8Array } => {
  const picture = new PNG({ width, height });
  for (let at = 0; at < picture.data.length; at += 4) picture.data.set([10, 200, 30, 255], at);
  return { mime: 'image/png', bytes: PNG.sync.write(picture) };
};
const pixel = (picture: PNG, x: number, y: number): number[] => [...picture.data.subarray((y * picture.width + x) * 4, (y * picture.width + x) * 4 + 3)];

describe('the small picture of a screen', () => {
  it('is a PNG of at most 320 pixels’ width in the shape of the screen, and never made larger', () => {
    for (const [shot, width, height] of [[png(640, 40), 320, 20], [ppm(640, 40, () => [1, 2, 3]), 320, 20], [ppm(3, 2, () => [1, 2, 3]), 3, 2], [png(500, 1), 320, 1]] as const) {
      const small = PNG.sync.read(thumbnailOf(shot));
      assert.deepEqual([small.width, small.height], [width, height]);
    }
  });
  it('has the mean colour of what each of its pixels stands for', () => {
    assert.deepEqual(pixel(PNG.sync.read(thumbnailOf(png(640, 40))), 100, 10), [10, 200, 30]);
    const stripes = PNG.sync.read(thumbnailOf(ppm(640, 4, (x) => (x % 2 === 0 ? [0, 0, 0] : [200, 100, 50]))));
    assert.deepEqual(pixel(stripes, 7, 1), [100, 50, 25]);
  });
  it('is refused, and nothing is unpacked, when what came is no picture or too large a one', () => {
    const huge = Buffer.from(png(4, 4).bytes);
    huge.writeUInt32BE(0xffff_ffff, 16);
    for (const bytes of [Buffer.from('P6\n99999 99999\n255\n'), Buffer.from('P6\n4 4\n255\nxx'), Buffer.from('hello'), Buffer.alloc(0)]) assert.throws(() => thumbnailOf({ mime: 'image/x-portable-pixmap', bytes }), (e) => hasCode(e, 'HYPERVISOR_FAILED'));
    for (const bytes of [huge, Buffer.alloc(3), Buffer.from(png(4, 4).bytes).subarray(0, 40)]) assert.throws(() => thumbnailOf({ mime: 'image/png', bytes }), (e) => hasCode(e, 'HYPERVISOR_FAILED'));
  });
});
