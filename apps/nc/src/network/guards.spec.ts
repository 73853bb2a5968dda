import assert from 'node:assert/strict';
import { OS_HARDWARE } from '@educloud/contracts';
import { CloudError, hasCode } from '@educloud/errors';
import { silentLog } from '@educloud/log';
import { createFakeHypervisor } from '../drivers/hypervisor/fake.ts';
import type { DomainSpec } from '../drivers/hypervisor/interface.ts';
import { createFakeTaps } from '../drivers/taps/fake.ts';
import { cardsOf, tapName } from './cards.ts';
import { createGuards } from './guards.ts';

const cards = (insId: string, bridge = 'br0') => cardsOf({ insId, nics: [{ mode: 'bridge', mac: '52:54:00:00:00:50', bridge, ip: '10.8.0.50' }] }, null);
const specOf = (insId: string): DomainSpec => ({ insId, title: '', tid: 't', memoryMiB: 96, cpus: 1, hardware: OS_HARDWARE.linux, disk: { path: '/d', format: 'qcow2' }, mediaPath: null, nics: cards(insId) });
const A = 'ins-0000000a';

function scene(nodeId = 'nc-00000001') {
  const hypervisor = createFakeHypervisor();
  const taps = createFakeTaps({ bridges: ['br0'] });
  const guards = createGuards({ hypervisor, taps, nodeId: () => nodeId, log: silentLog() });
  return { hypervisor, taps, guards, guarded: () => taps.now().map((g) => g.tap) };
}

describe('the guards of bridged cards', () => {
  it('are there before the guest starts, and as long as it runs', async () => {
    const { hypervisor, guards, guarded } = scene();
    await guards.around(A, cards(A), async () => {
      assert.deepEqual(guarded(), [tapName(A, 0)]);
      await hypervisor.ensureRunning(specOf(A));
    });
    assert.deepEqual(guarded(), ['e0000000an0']);
    await hypervisor.ensureStopped(A);
    await guards.lookAgain();
    assert.deepEqual(guarded(), []);
  });
  it('go with a guest that powers itself off, and with one that did not start', async () => {
    const { hypervisor, guards, guarded } = scene();
    await assert.rejects(guards.around(A, cards(A), async () => { throw new CloudError('HYPERVISOR_FAILED', 'no'); }));
    assert.deepEqual(guarded(), []);
    await guards.around(A, cards(A), () => hypervisor.ensureRunning(specOf(A)));
    await hypervisor.ensureStopped(A);
    await guards.close();
    assert.deepEqual(guarded(), []);
  });
  it('are read from the running guests after a restart', async () => {
    const { hypervisor, taps, guarded } = scene();
    await hypervisor.ensureRunning(specOf(A));
    const later = createGuards({ hypervisor, taps, nodeId: () => 'nc-00000001', log: silentLog() });
    await later.lookAgain();
    assert.deepEqual(guarded(), ['e0000000an0']);
  });
  it('stay as they are while libvirt does not answer', async () => {
    let away = false;
    const hypervisor = createFakeHypervisor({ failAt: (step) => (away && step === 'list' ? new CloudError('HYPERVISOR_UNAVAILABLE', 'away') : undefined) });
    const taps = createFakeTaps({ bridges: ['br0'] });
    const guards = createGuards({ hypervisor, taps, nodeId: () => 'nc-00000001', log: silentLog() });
    await guards.around(A, cards(A), () => hypervisor.ensureRunning(specOf(A)));
    away = true;
    await guards.lookAgain();
    assert.equal(taps.now().length, 1);
  });
  it('refuse a guest whose bridge is not here, by its name', async () => {
    const { guards } = scene();
    await assert.rejects(guards.around(A, cards(A, 'br9'), async () => assert.fail('was started')), (e) => hasCode(e, 'NETWORK_UNAVAILABLE') && /br9/.test((e as Error).message));
  });
  it('cost a guest without bridged cards nothing', async () => {
    const { guards, taps } = scene();
    taps.keep = async () => assert.fail('the taps were looked at');
    let started = false;
    await guards.around(A, cardsOf({ insId: A, nics: [{ mode: 'nat', mac: '52:54:00:00:00:50', forwards: [] }] }, null), async () => { started = true; });
    assert.ok(started);
  });
  it('ports are forwarded only at a known address', () => {
    const nics = [{ mode: 'nat' as const, mac: '52:54:00:00:00:50', forwards: [{ protocol: 'tcp' as const, hostPort: 40_001, guestPort: 22 }] }];
    assert.throws(() => cardsOf({ insId: A, nics }, null), (e) => hasCode(e, 'NETWORK_UNAVAILABLE'));
    assert.deepEqual(cardsOf({ insId: A, nics }, '10.8.0.11'), [{ mode: 'nat', mac: '52:54:00:00:00:50', forwards: [{ protocol: 'tcp', hostIp: '10.8.0.11', hostPort: 40_001, guestPort: 22 }] }]);
  });
});
