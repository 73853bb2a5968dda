// Contract of the store: Events and their order.
import { strict as assert } from 'node:assert';
import { times, type StoreScene } from './scene.ts';

export function eventsContract(scene: StoreScene): void {
  describe('events', () => {
    it('come in order and without loss while many transactions write, some of them slow and some undone', async () => {
      let written = 0;
      let writing = true;
      const seen: number[] = [];
      const writers = times(12, async (w) => {
        for (let n = 0; n < 8; n += 1) {
          await scene.at(w, async (tx) => {
            await tx.events.append('node', `w${w}`, { n });
            await new Promise((resolve) => setImmediate(resolve));
            await tx.events.append('node', `w${w}`, { n: n + 0.5 });
            if (n === 3) throw new Error('undone');
          }).then(() => { written += 2; }, () => undefined);
        }
      }).then(() => { writing = false; });
      const reader = (async () => {
        // What a listener does: always from the last number it has seen.
        for (let last = 0, again = true; again;) {
          again = writing;
          const page = await scene.other.read.events.after(last, 7);
          seen.push(...page.map((e) => e.id));
          last = page.at(-1)?.id ?? last;
          if (page.length > 0) again = true;
        }
      })();
      await Promise.all([writers, reader]);
      assert.equal(written, 12 * 7 * 2);
      assert.deepEqual(seen, Array.from({ length: written }, (_, i) => i + 1));
      assert.equal(await scene.store.read.events.lastId(), written);
    });

    it('are trimmed by age, and their numbers go on', async () => {
      await scene.store.read.events.append('image', 'a', { old: true });
      scene.clock += 1000;
      await scene.store.read.events.append('image', 'b', null);
      assert.equal(await scene.store.read.events.trim(scene.clock), 1);
      assert.deepEqual(await scene.store.read.events.after(0, 5), [{ id: 2, kind: 'image', subject: 'b', payload: null, at: scene.clock }]);
    });
  });
}
