import assert from 'node:assert/strict';
import { say, type ClusterNetworkApplied, type ClusterNetworkState } from '@educloud/contracts';
import { hasCode } from '@educloud/errors';
import { silentLog } from '@educloud/log';
import { createFakeDhcp } from '../drivers/dhcp/fake.ts';
import { createFakeForwarding } from '../drivers/forwarding/fake.ts';
import { openJobs } from '../commands/instance/run.ts';
import { bringAbout } from './bring-about.ts';
import { createNetworkKeeper, type KeeperDeps, type NetworkKeeper } from './keeper.ts';

const context = { tid: '', jobId: '', attempt: 0, signal: new AbortController().signal, progress: () => undefined };

function scene(more: Partial<KeeperDeps> = {}, unusable = false) {
  const forwarding = createFakeForwarding(unusable ? { unusable: say('ipForwardOff') } : {});
  const dhcp = createFakeDhcp();
  const clc = {
    state: { rev: 1, mode: 'private', dhcp: null, hosts: [], forwards: [], aliases: [] } as ClusterNetworkState, pulls: 0, away: false, applied: [] as ClusterNetworkApplied[],
    want(port: number, insId = `ins-${String(port).padStart(8, '0')}`): number {
      clc.state = { ...clc.state, rev: clc.state.rev + 1, forwards: [...clc.state.forwards, { id: `f${port}`, insId, protocol: 'tcp', listenIp: null, listenPort: port, ncId: 'nc-00000001', toIp: null, toPort: port }] };
      return clc.state.rev;
    },
  };
  const keeper: NetworkKeeper = createNetworkKeeper({
    async pull() {
      clc.pulls += 1;
      if (clc.away) throw new Error('no answer');
      const state = clc.state;
      await new Promise(setImmediate);
      return state;
    },
    report: async (applied) => void clc.applied.push(applied), log: silentLog(),
    apply: bringAbout({ forwarding, dhcp, lookAtHost: async () => ({ addresses: [{ interface: 'eth0', ip: '10.9.0.1' }], listening: [{ protocol: 'tcp', ip: '0.0.0.0', port: 22 }] }), nodesKnown: async () => undefined, nodeIp: () => '10.8.0.11', publicInterface: 'eth0', dhcpInterface: '' }),
    ...more,
  });
  return { clc, keeper, forwarding, ports: () => forwarding.now().redirects.map((r) => r.listenPort) };
}

describe('the keeper of the cluster\'s network', () => {
  it('applies what is wanted and reports it once; a second look changes and says nothing', async () => {
    const { clc, keeper, ports } = scene();
    const rev = clc.want(40_001);
    assert.deepEqual(await keeper.atLeast(rev), { rev, changed: 1, refused: [] });
    assert.deepEqual(ports(), [40_001]);
    await keeper.lookAgain();
    assert.deepEqual(clc.applied, [{ rev, refused: [] }]);
  });
  it('serves many that ask at once with two passes', async () => {
    const { clc, keeper, ports } = scene();
    await Promise.all(Array.from({ length: 20 }, (_, i) => keeper.atLeast(clc.want(40_000 + i))));
    assert.equal(ports().length, 20);
    assert.ok(clc.pulls <= 3, `${clc.pulls} pulls`);
  });
  it('R126: taking back an access waits for a pass that began after it was closed, whatever one under way is content with', async () => {
    const { clc, keeper, ports } = scene();
    const rev = clc.want(40_001);
    const [open] = openJobs({ network: keeper });
    const doing = open!.do({ insId: 'ins-00040001', rev }, context);
    // It has asked already: its answer is of the time before.
    clc.state = { ...clc.state, rev: rev + 1, forwards: [] };
    await open!.undo!({ insId: 'ins-00040001', rev }, context);
    assert.deepEqual(ports(), []);
    await doing;
  });
  it('is not content with a state that is older than asked', async () => {
    const { keeper } = scene();
    await assert.rejects(keeper.atLeast(99), (e) => hasCode(e, 'NOT_READY'));
  });
  it('brings about what it can; only the instance whose rule is refused hears of it, and the CLC', async () => {
    const { clc, keeper, ports } = scene();
    clc.want(22, 'ins-bad00000');
    const rev = clc.want(40_001, 'ins-900d0000');
    const [open] = openJobs({ network: keeper });
    await open!.do({ insId: 'ins-900d0000', rev }, context);
    await assert.rejects(open!.do({ insId: 'ins-bad00000', rev }, context), (e) => hasCode(e, 'ACCESS_REFUSED'));
    assert.deepEqual(ports(), [40_001]);
    assert.deepEqual(clc.applied.at(-1), { rev, refused: [{ id: 'f22', insId: 'ins-bad00000', code: 'ACCESS_REFUSED', reason: 'tcp port 22 is used by the host of the cluster controller itself', why: say('portIsUsedHere', { protocol: 'tcp', port: 22 }) }] });
  });
  it('says what is missing where nothing can be forwarded', async () => {
    const { clc, keeper } = scene({}, true);
    assert.deepEqual((await keeper.atLeast(clc.want(40_001))).refused.map((r) => [r.code, r.why.code]), [['NETWORK_UNAVAILABLE', 'ipForwardOff']]);
  });
  it('repairs what somebody threw away, at the next look', async () => {
    const { clc, keeper, forwarding, ports } = scene();
    await keeper.atLeast(clc.want(40_001));
    forwarding.lose();
    await keeper.lookAgain();
    assert.deepEqual(ports(), [40_001]);
  });
  it('leaves everything as it is while the CLC does not answer', async () => {
    const { clc, keeper, ports } = scene();
    await keeper.atLeast(clc.want(40_001));
    clc.away = true;
    await keeper.lookAgain();
    await assert.rejects(keeper.atLeast(clc.state.rev));
    assert.deepEqual(ports(), [40_001]);
  });
  it('reports again when the CLC did not hear', async () => {
    let deaf = true;
    const heard: number[] = [];
    const { clc, keeper } = scene({ report: async ({ rev }) => { if (deaf) throw new Error('no answer'); heard.push(rev); } });
    const rev = clc.want(40_001);
    await keeper.atLeast(rev);
    deaf = false;
    await keeper.lookAgain();
    assert.deepEqual(heard, [rev]);
  });
});
