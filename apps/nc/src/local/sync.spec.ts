import assert from 'node:assert/strict';
import type { LocalOffer } from '@educloud/contracts';
import type { ImageCache } from '@educloud/images';
import { silentLog } from '@educloud/log';
import { createPace } from './pace.ts';
import { createLocalSync } from './sync.ts';

const offer = (n: number): LocalOffer => ({ id: `ins-0000000${n}`, image: { imageId: `img-0000000${n}`, version: 1 } }) as unknown as LocalOffer;

describe('what is copied in the background', () => {
  it('R143 is all there when whoever asked for it is answered, also when a round was under way that stops because somebody works here', async () => {
    const here = new Set<string>();
    let offers = [offer(1), offer(2)];
    let arrive: () => void = () => undefined;
    let fetching: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => { fetching = resolve; });
    const cache = {
      path: ({ imageId }: { imageId: string }) => (here.has(imageId) ? '/there' : null), pins: () => new Map(), pin: async () => undefined,
      async ensure(_owner: string, { imageId }: { imageId: string }) {
        fetching();
        if (here.size === 0) await new Promise<void>((resolve) => { arrive = resolve; });
        here.add(imageId);
      },
    } as unknown as ImageCache;
    let idle = true;
    const sync = createLocalSync({ offers: { all: () => offers } as never, cache, pace: createPace({ bytesPerSecond: 1e9 }), source: async () => ({ url: '', ticket: '' }), idle: () => idle, automatic: true, changed: () => undefined, tidy: async () => undefined, log: silentLog() });
    const slow = sync.round(false);
    await begun;
    idle = false;
    offers = [...offers, offer(3)];
    const [asked, askedToo] = [sync.round(true), sync.round(true)];
    arrive();
    await Promise.all([slow, asked, askedToo]);
    assert.deepEqual([...here], ['img-00000001', 'img-00000002', 'img-00000003']);
    await sync.close();
  });
});
