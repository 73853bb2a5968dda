// What every way of forwarding promises, checked on the fake and on nftables in a network namespace.
import assert from 'node:assert/strict';
import type { Forwarding, ForwardingWanted, Redirect } from '../../apps/cc/src/drivers/forwarding/interface.ts';

export interface ForwardingScene {
  open(): Promise<Forwarding>;
  /** Somebody throws our rules away. */
  lose(): Promise<void>;
  /** Whether anything of ours is left on the host. */
  left(): Promise<boolean>;
}

const NOTHING: ForwardingWanted = { redirects: [], aliases: [], guests: null };
const redirect = (n: number, more: Partial<Redirect> = {}): Redirect => ({ id: `r${n}`, protocol: 'tcp', listenIp: null, listenPort: 40_000 + n, toIp: '10.8.0.11', toPort: 40_000 + n, hidden: true, ...more });
const someWanted = (count: number): ForwardingWanted => ({
  redirects: [...Array.from({ length: count }, (_, i) => redirect(i)), redirect(9000, { listenIp: '10.9.0.100', listenPort: 80, toIp: '10.8.0.50', toPort: 80, hidden: false })],
  aliases: [{ id: '10.9.0.100', publicIp: '10.9.0.100', privateIp: '10.8.0.50' }],
  guests: { cidr: '10.8.0.0/24', from: '10.8.0.50', to: '10.8.0.99', gateway: true },
});
const apply = (f: Forwarding, wanted: ForwardingWanted, look = false): Promise<{ changed: number; refused: string[] }> => f.apply(wanted, { look }).then(({ changed, refused }) => ({ changed, refused: [...refused.keys()] }));

export function forwardingContract(name: string, scene: () => ForwardingScene): void {
  describe(`forwarding by ${name}`, () => {
    let f: Forwarding;
    before(async () => { f = await scene().open(); });
    afterEach(async () => { await f.apply(NOTHING, { look: true }); });

    it('can be used here', async () => assert.equal(await f.unusable(), null));
    it('changes nothing the second time, remembered or looked at', async () => {
      assert.ok((await apply(f, someWanted(3), true)).changed > 0);
      assert.deepEqual(await apply(f, someWanted(3)), { changed: 0, refused: [] });
      assert.deepEqual(await apply(f, someWanted(3), true), { changed: 0, refused: [] });
    });
    it('changes what differs and no more', async () => {
      await apply(f, someWanted(50), true);
      const more = await apply(f, someWanted(51));
      assert.ok(more.changed >= 1 && more.changed <= 3, `${more.changed} changed`);
      const fewer = await apply(f, someWanted(50));
      assert.equal(fewer.changed, more.changed);
    });
    it('leads a port elsewhere when it is given to another guest', async () => {
      await apply(f, { ...NOTHING, redirects: [redirect(1)] }, true);
      assert.ok((await apply(f, { ...NOTHING, redirects: [redirect(1, { toIp: '10.8.0.12' })] })).changed > 0);
      assert.equal((await apply(f, { ...NOTHING, redirects: [redirect(1, { toIp: '10.8.0.12' })] }, true)).changed, 0);
    });
    it('refuses one bad rule alone', async () => {
      const wanted = { ...NOTHING, redirects: [redirect(1), redirect(2, { toIp: 'not-an-address' }), redirect(3)] };
      assert.deepEqual((await apply(f, wanted, true)).refused, ['r2']);
      assert.equal((await apply(f, { ...NOTHING, redirects: [redirect(1), redirect(3)] }, true)).changed, 0, 'the others are true');
    });
    it('repairs what somebody else threw away as soon as it looks', async () => {
      await apply(f, someWanted(3), true);
      await scene().lose();
      assert.ok((await apply(f, someWanted(3), true)).changed > 0);
      assert.equal((await apply(f, someWanted(3), true)).changed, 0);
    });
    it('goes on after another process of this daemon has begun, and changes nothing then', async () => {
      await apply(f, someWanted(3), true);
      f = await scene().open();
      assert.equal((await apply(f, someWanted(3), true)).changed, 0);
    });
    it('leaves nothing when nothing is wanted', async () => {
      await apply(f, someWanted(3), true);
      await apply(f, NOTHING);
      assert.equal(await scene().left(), false);
      assert.equal((await apply(f, NOTHING, true)).changed, 0);
    });
  });
}
