// Stopping a guest that a full disk has paused: what it has not written yet must not be lost by the way.
import assert from 'node:assert/strict';
import { CloudError } from '@educloud/errors';
import type { DomainState, Hypervisor } from '../../drivers/hypervisor/interface.ts';
import { stopGuest } from './stop.ts';

describe('stopping a guest', () => {
  it('R151: one that is on its way down already is waited for: it can be asked no more', async () => {
    let [clock, asked] = [0, 0];
    const hypervisor = {
      state: async (): Promise<DomainState> => (asked === 0 ? 'running' : clock < 30 ? 'shutting-down' : 'shutoff'),
      requestShutdown: async () => {
        if ((asked += 1) > 1) throw new CloudError('GUEST_NOT_RUNNING', 'the guest is shutting-down');
        return 'agent';
      },
      onEvent: () => () => undefined,
    } as unknown as Hypervisor;
    assert.equal(await stopGuest(hypervisor, 'i', 100, () => (clock += 5), new AbortController().signal), 'agent');
  });
});

describe('stopping a paused guest', () => {
  const guest = (resumes: boolean) => {
    let state: DomainState = 'paused';
    const calls: string[] = [];
    let clock = 0;
    const hypervisor = {
      state: async () => state,
      list: async () => [{ insId: 'i', state, ...(state === 'paused' ? { reason: 'io-error' } : {}) }],
      resume: async () => { calls.push('resume'); if (resumes) state = 'running'; },
      requestShutdown: async () => { calls.push('ask'); if (state === 'running') state = 'shutoff'; return 'acpi'; },
      ensureStopped: async () => { calls.push('off'); state = 'shutoff'; },
      onEvent: () => () => undefined,
    } as unknown as Hypervisor;
    const stop = (graceMs: number) => stopGuest(hypervisor, 'i', graceMs, () => (clock += 5), new AbortController().signal);
    return { calls, stop };
  };
  it('lets it go on first, so that it can write and power off', async () => {
    const { calls, stop } = guest(true);
    assert.equal(await stop(20), 'acpi');
    assert.deepEqual(calls, ['resume', 'ask']);
  });
  it('does not switch it off while the disk is still full, unless by force', async () => {
    const { calls, stop } = guest(false);
    await assert.rejects(stop(20), { code: 'DISK_FULL' });
    assert.ok(!calls.includes('off'));
    assert.equal(await stop(0), 'forced');
  });
});
