import assert from 'node:assert/strict';
import { DaemonFacts, type ClusterNode, type Envelope } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Bus } from '@educloud/bus';
import type { Executor } from '@educloud/executor';
import { silentLog } from '@educloud/log';
import { messageKeyOfSecret, requireSeal, seal } from '@educloud/tickets';
import { relayCommand } from './commands/relay.ts';
import { createNodes } from './nodes.ts';
import { createRoster, type Roster } from './roster.ts';
import { createStatusRelay } from './status/relay.ts';

const ours = 'nc-00000001';
const stranger = 'nc-deadbeef';
const neighbour = 'nc-00000002';
const KEYS: Record<string, string> = { [ours]: messageKeyOfSecret('ours'), [neighbour]: messageKeyOfSecret('neighbour'), [stranger]: messageKeyOfSecret('stranger') };
const view = { id: ours, name: 'n', url: 'http://n', lastBeatAt: null, messageKey: messageKeyOfSecret('ours'), facts: DaemonFacts.parse({ version: '1', hostname: 'n' }) } as unknown as ClusterNode;
const envelope = (set: Partial<Envelope>): Envelope => ({ v: 1, id: 'm', name: 'a/b/c', tid: null, jobId: null, target: null, source: null, generation: 0, seq: 0, deadline: null, trail: [], body: {}, ...set });
const spoken = (node: string, set: Partial<Envelope> = {}, by = node): Envelope => seal(envelope({ name: 'insstatus', source: { node, epoch: 1 }, ...set }), KEYS[by] as string);
const up = async (): Promise<ClusterNode[]> => [view];
const away = async (): Promise<never> => { throw new CloudError('DATABASE_UNAVAILABLE', 'away'); };

describe('a restarted cluster controller', () => {
  const open: Roster[] = [];
  afterEach(() => { for (const roster of open.splice(0)) roster.close(); });

  function scene(answer: () => Promise<ClusterNode[]>) {
    const clc = { answer, asked: 0 };
    const clock = { now: 0 };
    const nodes = createNodes(() => clock.now);
    const roster = createRoster({ nodes, myNodes: () => { clc.asked += 1; return clc.answer(); }, now: () => clock.now, log: silentLog(), pauseMs: () => 1 });
    open.push(roster);
    const sent: string[] = [];
    const bus = { publish: async (queue: string, e: Envelope) => void sent.push(`${queue} ${e.name}`), publishVolatile: (queue: string, e: Envelope) => void sent.push(`${queue} ${e.name}`) } as unknown as Bus;
    const command = (node: string): Promise<void> => relayCommand({ id: () => 'cc-1', executor: {} as Executor, clusterBus: bus, keyOf: roster.keyOf }, envelope({ target: { node, epoch: 1 } }));
    const relay = createStatusRelay({ identity: () => ({ id: 'cc-1', epoch: 1 }), clcBus: bus, nodes, keyOf: roster.keyOf, newId: () => 'id' });
    return { clc, clock, nodes, roster, sent, command, relay };
  }

  it('keeps a command for later while nobody can tell whose the node is, and passes it on when the CLC is back', async () => {
    const { clc, command, sent } = scene(away);
    await assert.rejects(command(ours), { code: 'NOT_READY', retryable: true });
    await assert.rejects(command(stranger), { code: 'NOT_READY', retryable: true });
    clc.answer = up;
    await command(ours);
    assert.deepEqual(sent, [`cmd.nc.${ours} a/b/c`]);
    await assert.rejects(command(stranger), { code: 'WRONG_NODE', retryable: false });
  });
  it('asks until it was told, and ranks nothing before', async () => {
    const { clc, nodes, roster } = scene(away);
    await assert.rejects(roster.known(), { code: 'NOT_READY' });
    const told = new Promise<void>((resolve) => { clc.answer = () => clc.asked < 5 ? away() : (resolve(), up()); });
    roster.learn();
    await told;
    await roster.known();
    assert.ok(nodes.get(ours));
  });
  it('R170: gives a node that was up its full time, though its last beat died with the cloud controller', async () => {
    const minute = 60_000;
    const { clock, nodes, roster } = scene(async () => [{ ...view, state: 'up', lastBeatAt: 1 }, { ...view, id: neighbour, state: 'down', lastBeatAt: 1 }] as ClusterNode[]);
    clock.now = minute;
    await roster.known();
    assert.deepEqual([ours, neighbour].map((id) => nodes.get(id)?.heardAt), [minute, 1]);
  });
  it('learns a node when it speaks, and does not ask again for each word of a stranger', async () => {
    const { clc, clock, relay, sent } = scene(up);
    await relay.status(spoken(ours));
    assert.deepEqual(sent, ['status.clc insstatus']);
    for (let i = 0; i < 10; i++) await assert.rejects(relay.status(spoken(stranger)), { code: 'WRONG_NODE', message: /nc-deadbeef.*not a node of this cluster/ });
    assert.equal(clc.asked, 1);
    clock.now += 60_000;
    await assert.rejects(relay.volatile(spoken(stranger, { name: 'taskstatus' })), { code: 'WRONG_NODE' });
    assert.deepEqual([clc.asked, sent.length], [2, 1]);
  });
});

describe('nodes of one cluster, on one broker account', () => {
  const node = (id: string): ClusterNode => ({ ...view, id, messageKey: KEYS[id] }) as ClusterNode;
  const beats = (id: string): Partial<Envelope> => ({ name: 'heartbeat', body: { beats: [{ id, epoch: 1, seq: 1, load1: 0, memoryFreeMiB: 9, freeDiskBytes: 1, guests: 3 }] } });
  function scene() {
    const nodes = createNodes(() => 0);
    const roster = createRoster({ nodes, myNodes: async () => [node(ours), node(neighbour)], now: () => 0, log: silentLog() });
    const sent: Envelope[] = [];
    const bus = { publish: async (_queue: string, e: Envelope) => void sent.push(e), publishVolatile: (_queue: string, e: Envelope) => void sent.push(e) } as unknown as Bus;
    const relay = createStatusRelay({ identity: () => ({ id: 'cc-1', epoch: 1 }), clcBus: bus, nodes, keyOf: roster.keyOf, newId: () => 'id' });
    const command = (to: string): Promise<void> => relayCommand({ id: () => 'cc-1', executor: {} as Executor, clusterBus: bus, keyOf: roster.keyOf }, envelope({ target: { node: to, epoch: 1 } }));
    return { nodes, roster, sent, relay, command };
  }

  it('cannot speak for each other: whatever is not proven goes no further', async () => {
    const { nodes, sent, relay } = scene();
    const unproven = { code: 'MESSAGE_UNPROVEN', retryable: false };
    for (const name of ['insstatus', 'taskstatus', 'nodestatus', 'inventory']) {
      await assert.rejects(relay.status(spoken(ours, { name }, neighbour)), unproven);
      await assert.rejects(relay.status(envelope({ name, source: { node: ours, epoch: 1 } })), unproven);
      await assert.rejects(relay.status({ ...spoken(ours, { name }), body: { said: 'otherwise' } }), unproven);
    }
    for (const e of [spoken(ours, beats(ours), neighbour), spoken(ours, { name: 'taskstatus' }, neighbour)]) await assert.rejects(relay.volatile(e), unproven);
    // In its own name, about another.
    await relay.volatile(spoken(neighbour, beats(ours)));
    relay.close();
    assert.deepEqual([sent, nodes.get(ours)?.guests], [[], 0]);
    await relay.status(spoken(ours));
    assert.equal(sent.length, 1);
  });
  it('are told what to do by the cluster controller alone: each command proves to its node who passed it on', async () => {
    const { sent, command } = scene();
    await command(ours);
    await command(neighbour);
    const [first, second] = sent as [Envelope, Envelope];
    requireSeal(first, KEYS[ours] as string);
    requireSeal(second, KEYS[neighbour] as string);
    assert.throws(() => requireSeal(first, KEYS[neighbour] as string), { code: 'MESSAGE_UNPROVEN' });
  });
  it('have a new key once they were enrolled again', async () => {
    const { nodes, relay, sent } = scene();
    await relay.status(spoken(ours));
    nodes.registered({ id: ours, name: 'n', url: 'http://n', epoch: 2, facts: view.facts, messageKey: KEYS[stranger] as string });
    await assert.rejects(relay.status(spoken(ours)), { code: 'MESSAGE_UNPROVEN' });
    await relay.status(spoken(ours, {}, stranger));
    assert.equal(sent.length, 2);
  });
});
