import assert from 'node:assert/strict';
import { DaemonFacts } from '@educloud/contracts';
import { createNodes } from './nodes.ts';
import { rankNodes, type KnownNode } from './rank.ts';

const GiB = 1024 ** 3;
const node = (name: string, more: Partial<KnownNode> = {}, cpus = 4): KnownNode => ({
  id: `nc-${name}`, name, url: 'http://n', heardAt: 1000, load1: 0, memoryFreeMiB: 8192, freeDiskBytes: 100 * GiB, guests: 0, promisedMiB: 0, lastNamed: 0,
  facts: DaemonFacts.parse({ version: '1', hostname: name, capacity: { cpus, memoryMiB: 16384, diskBytes: 200 * GiB, freeDiskBytes: 100 * GiB }, hypervisor: { kind: 'libvirt', version: '9', acceleration: 'tcg' } }),
  ...more,
});
const want = { cpus: 2, memoryMiB: 1024, diskBytes: 10 * GiB, node: null };

describe('ranking', () => {
  it('puts the emptier node first', () => {
    const { candidates } = rankNodes([node('a', { memoryFreeMiB: 2048 }), node('b')], want, 1000, 30_000);
    assert.deepEqual(candidates.map((c) => c.name), ['b', 'a']);
  });
  it('says of each refused node why', () => {
    const reasons = rankNodes(
      [node('small', {}, 1), node('full', { freeDiskBytes: 8 * GiB }), node('gone', { heardAt: -60_000 }), node('ok')], want, 1000, 30_000,
    ).candidates.map((c) => [c.name, c.reason]);
    assert.deepEqual(reasons, [['ok', 'fits'], ['full', 'lacks 2.0 GiB of disk'], ['gone', 'silent for 61 s'], ['small', 'has 1 CPUs, 2 are wanted']]);
  });
  it('lists the best of thousands, the next ones when those were full, and counts all', () => {
    const many = Array.from({ length: 3000 }, (_, i) => node(String(i).padStart(4, '0'), {}, i < 100 ? 1 : 4));
    const reply = rankNodes(many, want, 1000, 30_000);
    assert.deepEqual([reply.fit, reply.total, reply.candidates.length], [2900, 3000, 48]);
    assert.equal(reply.candidates[0]?.name, '0100');
    assert.equal(rankNodes(many, { ...want, skip: 16 }, 1000, 30_000).candidates[0]?.name, '0116');
    assert.equal(rankNodes(many, { ...want, skip: 2900 }, 1000, 30_000).candidates.filter((c) => c.fits).length, 0);
  });
  it('sends the next ones elsewhere while a node has not said yet what the last one took', () => {
    const nodes = createNodes(() => 1000);
    for (const { id, name, url, facts } of [node('a'), node('b')]) nodes.registered({ id, name, url, epoch: 1, facts, messageKey: 'k' });
    const first = (): string | undefined => {
      const best = rankNodes(nodes.all(), want, 1000, 30_000).candidates.find((c) => c.fits);
      if (best) nodes.promised(best.ncId, want.memoryMiB);
      return best?.name;
    };
    for (const id of ['nc-a', 'nc-b']) nodes.beat({ id, epoch: 1, seq: 1, load1: 0, memoryFreeMiB: 8192, freeDiskBytes: 100 * GiB, guests: 0 });
    assert.deepEqual([first(), first(), first()], ['a', 'b', 'a']);
    nodes.beat({ id: 'nc-a', epoch: 1, seq: 2, load1: 0, memoryFreeMiB: 8192, freeDiskBytes: 100 * GiB, guests: 2 });
    assert.equal(first(), 'a');
  });
  const order = (nodes: KnownNode[], more: object): string[] => rankNodes(nodes, { ...want, ...more }, 1000, 30_000).candidates.filter((c) => c.fits).map((c) => c.name);
  const room = (name: string, used: number, limit = 8192, cpus = 8) => ({ ncId: `nc-${name}`, limits: { cpus, memoryMiB: limit }, used: { cpus: used / 1024, memoryMiB: used } });
  it('pack fills the fullest that still has room, by what is promised, equal ones by name; a full one is said to be', () => {
    const nodes = [node('c'), node('b'), node('a'), node('full')];
    const rooms = [room('a', 1024), room('b', 4096), room('c', 4096), room('full', 7680)];
    assert.deepEqual(order(nodes, { policy: 'pack', rooms }), ['b', 'c', 'a']);
    const { candidates } = rankNodes(nodes, { ...want, policy: 'pack', rooms }, 1000, 30_000);
    assert.equal(candidates.find((c) => c.name === 'full')?.reason, 'has 512 MiB of memory and 0.5 CPUs left to promise');
    assert.deepEqual(order([node('x', { memoryFreeMiB: 9000 }), node('y', { memoryFreeMiB: 2048 })], { policy: 'pack' }), ['y', 'x'], 'without the ledger by what is used');
  });
  it('round-robin takes one after the other, whatever they hold, passes over those that are full, and begins by name', () => {
    const nodes = createNodes(() => 1000);
    for (const { id, name, url, facts } of [node('b', { memoryFreeMiB: 100 }), node('a'), node('c')]) nodes.registered({ id, name, url, epoch: 1, facts, messageKey: 'k' });
    const next = (rooms: object[] = []): string | undefined => {
      const best = rankNodes(nodes.all(), { ...want, policy: 'round-robin', rooms: rooms as never }, 1000, 30_000).candidates.find((c) => c.fits);
      if (best) nodes.promised(best.ncId, want.memoryMiB);
      return best?.name;
    };
    assert.deepEqual([next(), next(), next(), next()], ['a', 'b', 'c', 'a']);
    assert.deepEqual([next([room('b', 8192)]), next(), next()], ['c', 'b', 'a']);
  });
  it('a node that is overcommitted takes what its limits allow, one that is undercommitted no more', () => {
    const [big, small] = [{ cpus: 16, memoryMiB: 1024 }, { cpus: 2, memoryMiB: 20_000 }];
    assert.deepEqual(order([node('a')], big), []);
    assert.deepEqual(order([node('a')], { ...big, rooms: [room('a', 0, 16_384, 32)] }), ['a']);
    assert.deepEqual(order([node('a')], { ...small, rooms: [room('a', 0, 32_768)] }), ['a']);
    assert.deepEqual(order([node('a')], { rooms: [room('a', 0, 512)] }), []);
  });
  it('takes only the node that was asked for, by id or name', () => {
    const fitting = rankNodes([node('a'), node('b')], { ...want, node: 'b' }, 1000, 30_000).candidates.filter((c) => c.fits);
    assert.deepEqual(fitting.map((c) => c.name), ['b']);
  });
});
