// Contract of the store: Settings.
import { strict as assert } from 'node:assert';
import { MANY, times, type StoreScene } from './scene.ts';

export function settingsContract(scene: StoreScene): void {
  describe('settings', () => {
    it('keep the first value of many that are offered', async () => {
      const got = await times(MANY, (i) => scene.both(i).read.settings.getOrInsert('ticketKey', `v${i}`));
      assert.equal(new Set(got).size, 1);
      assert.equal(await scene.store.read.settings.get('ticketKey'), got[0]);
      assert.equal(await scene.store.read.settings.get('other'), null);
    });
  });
}
