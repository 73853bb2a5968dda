import assert from 'node:assert/strict';
import { Envelope } from '@educloud/contracts';
import type { Store, Tx } from '../store/interface.ts';
import { daemonIsBack } from './daemon-back.ts';
import { onHeartbeat } from './heartbeat.ts';
import { limitsOf } from './node-limits.ts';
import { onNodeStatus } from './node-status.ts';

const rules = { cpuOvercommit: 8, memoryReserveMiB: 512, diskReserveBytes: 100 };
const capacity = { cpus: 2, memoryMiB: 256, diskBytes: 1000, freeDiskBytes: 700 };
const envelope = (name: string, body: unknown, source: Envelope['source'] = { node: 'nc-1', epoch: 3 }): Envelope => Envelope.parse({ v: 1, id: 'm', name, source, body });

describe('nodestatus', () => {
  const scene = (present: number) => {
    const set: string[] = [];
    const resumed: string[] = [];
    const tx = { daemons: { daemon: async () => null, setFacts: async (_id: string, epoch: number) => epoch === present }, ledger: { setLimits: async (id: string, l: object) => void set.push(`${id} ${JSON.stringify(l)}`) } } as unknown as Tx;
    const rows: Record<string, object> = {
      'nc-1': { id: 'nc-1', role: 'nc', epoch: present, facts: { faults: ['libvirt does not answer'] } },
      'cc-1': { id: 'cc-1', role: 'cc', epoch: present, facts: { faults: [] } },
    };
    const read = { daemons: { daemon: async (id: string) => rows[id] ?? null, nodesAtWork: async () => ['nc-1', 'nc-2'] } };
    const store = { read, transaction: async (work: (t: Tx) => Promise<unknown>) => work(tx) } as unknown as Store;
    return { set, resumed, deps: { store, ledger: rules, saga: { onDaemonRegistered: async (id: string) => void resumed.push(id) } } };
  };
  const body = { facts: { version: '1', hostname: 'h', capacity } };
  it('moves what may be promised along with the capacity, never below zero', async () => {
    const { set, deps } = scene(3);
    await onNodeStatus(deps, envelope('nodestatus', body));
    assert.deepEqual(set, ['nc-1 {"cpus":16,"memoryMiB":0,"diskBytes":600}']);
    assert.deepEqual(limitsOf({ ...capacity, memoryMiB: 4096 }, rules, null).memoryMiB, 3584);
  });
  it('scales what may be promised by the ratios of the node, else by those of the cloud', () => {
    const big = { ...capacity, memoryMiB: 4608 };
    assert.deepEqual(limitsOf(big, rules, { cpuOvercommit: null, memoryOvercommit: 1.5 }), { cpus: 16, memoryMiB: 6144, diskBytes: 600 });
    assert.deepEqual(limitsOf(big, rules, { cpuOvercommit: 1, memoryOvercommit: 0.5 }).cpus, capacity.cpus);
  });
  it('counts what the disks of instances have taken once only: it stays inside of what may be promised to them', () => {
    assert.equal(limitsOf({ ...capacity, freeDiskBytes: 300, claimableDiskBytes: 700 }, rules, null).diskBytes, 600);
  });
  it('of an earlier registration changes nothing', async () => {
    const { set, resumed, deps } = scene(4);
    await onNodeStatus(deps, envelope('nodestatus', body));
    assert.deepEqual([set, resumed], [[], []]);
  });
  it('takes up what waits for a node whose libvirt answers again, and only then', async () => {
    const { resumed, deps } = scene(3);
    await onNodeStatus(deps, envelope('nodestatus', { facts: { ...body.facts, faults: ['libvirt does not answer'] } }));
    assert.deepEqual(resumed, []);
    await onNodeStatus(deps, envelope('nodestatus', body));
    assert.deepEqual(resumed, ['nc-1']);
  });
  it('of a cluster controller is not its nodes’ word; its registration is: their commands go through it', async () => {
    const { resumed, deps } = scene(3);
    await onNodeStatus(deps, envelope('nodestatus', body, { node: 'cc-1', epoch: 3 }));
    assert.deepEqual(resumed, []);
    await daemonIsBack(deps, { id: 'cc-1', role: 'cc' });
    assert.deepEqual(resumed, ['cc-1', 'nc-1', 'nc-2']);
  });
  it('and heartbeats without a sender or of another shape are refused', async () => {
    const { deps } = scene(3);
    await assert.rejects(onNodeStatus(deps, envelope('nodestatus', body, null)), { code: 'MESSAGE_INVALID' });
    await assert.rejects(onNodeStatus(deps, envelope('nodestatus', { facts: 1 })), { code: 'MESSAGE_INVALID' });
    await assert.rejects(onHeartbeat({ liveness: { beats: () => assert.fail() } }, envelope('heartbeat', { beats: 'x' })), { code: 'MESSAGE_INVALID' });
  });
});
