// What the hypervisor is told of a guest's hardware.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { OS_HARDWARE, type GuestSpec } from '@educloud/contracts';
import type { Deps } from '../../deps.ts';
import type { DomainSpec } from '../../drivers/hypervisor/interface.ts';
import { runJobs } from './run.ts';

describe('starting a guest', () => {
  it('gives it the hardware of its message, and of a message of the first version that of its name', async () => {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-run-'));
    try {
      const started: DomainSpec[] = [];
      const file = (name: string) => () => path.join(dir, name);
      await writeFile(path.join(dir, 'disk'), '');
      const deps = {
        now: () => 7, accessIp: () => null, guards: { around: async (_i: string, _c: unknown, begin: () => Promise<void>) => begin() }, hypervisor: { state: async () => 'absent', ensureRunning: async (spec: DomainSpec) => void started.push(spec) },
        paths: { disk: file('disk'), data: file('data'), seed: file('seed'), serialLog: file('log'), instance: () => dir, booted: file('booted'), flat: file('flat'), flatNote: file('note') },
      } as unknown as Deps;
      const [start] = runJobs(deps);
      const guest: GuestSpec = { insId: 'ins-00000001', title: 't', tid: 't', ostype: 'windows', memoryMiB: 512, cpus: 1, media: null };
      const own = { ...OS_HARDWARE.other, audio: 'ac97' as const };
      for (const hardware of [undefined, own]) await start!.do({ guest: { ...guest, ...(hardware ? { hardware } : {}) } } as never, null as never);
      assert.deepEqual(started.map((spec) => spec.hardware), [OS_HARDWARE.windows, own]);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
