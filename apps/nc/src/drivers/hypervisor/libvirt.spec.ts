// The libvirt driver while the KVM self-test still runs: a broken /dev/kvm must not hold up the node.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CloudError } from '@educloud/errors';
import type { Libvirt } from '@educloud/libvirt';
import { silentLog } from '@educloud/log';
import { OS_HARDWARE, say } from '@educloud/contracts';
import type { KvmVerdict } from './kvm-self-test.ts';
import { createLibvirtHypervisor } from './libvirt.ts';

const SPEC = { insId: 'ins-00000001', title: 'guest', tid: 't', memoryMiB: 128, cpus: 1, hardware: OS_HARDWARE.linux, disk: { path: '/disk.qcow2', format: 'qcow2' as const }, mediaPath: null };

describe('libvirt driver: KVM self-test', () => {
  let dir = '';
  beforeEach(async () => { dir = await mkdtemp(path.join(os.tmpdir(), 'edu-kvm-')); });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  /** A libvirt without domains that notes what is defined. */
  function libvirt(defined: string[]): Libvirt {
    const none = (): never => { throw new CloudError('NOT_FOUND', 'no domain'); };
    const stub: Partial<Libvirt> = {
      connection: () => ({ connected: true, message: '' }), onConnection: () => () => undefined, onEvent: () => () => undefined,
      version: async () => ({ libvirt: '9', hypervisor: '7' }), lookup: async () => none(), define: async (xml) => { defined.push(xml); return { uuid: '' }; },
      create: async () => undefined, close: async () => undefined,
    };
    return stub as Libvirt;
  }
  const driver = (kvm: KvmVerdict | Promise<KvmVerdict>, defined: string[]) => createLibvirtHypervisor({ uri: 'test:///', nodeId: () => 'nc-00000001', socketDir: dir, kvm, log: silentLog(), open: async () => libvirt(defined) });

  it('is there before the test has ended; a guest waits for it and gets what it found', async () => {
    let judge!: (v: KvmVerdict) => void;
    const defined: string[] = [];
    const hypervisor = await driver(new Promise((resolve) => { judge = resolve; }), defined);
    let told = 0;
    hypervisor.onConnected(() => { told += 1; });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(hypervisor.health().acceleration, 'tcg');
    assert.match(hypervisor.health().message, /being tested/);
    assert.equal(told, 1);
    const starting = hypervisor.ensureRunning(SPEC);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(defined.length, 0);
    judge({ usable: true, why: say('text', { text: 'KVM passes the self-test' }) });
    await starting;
    assert.match(defined[0] ?? '', /<domain type=.kvm./);
    assert.equal(hypervisor.health().acceleration, 'kvm');
    assert.equal(told, 2, 'the node reports its facts again');
    await hypervisor.close();
  });

  it('a test that cannot run means TCG, not a node that does not start', async () => {
    const hypervisor = await driver(Promise.reject(new Error('EACCES')), []);
    assert.match(hypervisor.health().message, /could not be tested \(EACCES\)/);
    await hypervisor.close();
  });
});
