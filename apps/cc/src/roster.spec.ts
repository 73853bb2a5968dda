import assert from 'node:assert/strict';
import { DaemonFacts, type DaemonView, type Envelope } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Bus } from '@educloud/bus';
import type { Executor } from '@educloud/executor';
import { silentLog } from '@educloud/log';
import { relayCommand } from './commands/relay.ts';
import { createNodes } from './nodes.ts';
import { createRoster, type Roster } from './roster.ts';
import { createStatusRelay } from './status/relay.ts';

const ours = 'nc-00000001';
const stranger = 'nc-deadbeef';
const view = { id: ours, name: 'n', url: 'http://n', lastBeatAt: null, facts: DaemonFacts.parse({ version: '1', hostname: 'n' }) } as unknown as DaemonView;
const envelope = (set: Partial<Envelope>): Envelope => ({ v: 1, id: 'm', name: 'a/b/c', tid: null, jobId: null, target: null, source: null, generation: 0, seq: 0, deadline: null, trail: [], body: {}, ...set });
const up = async (): Promise<DaemonView[]> => [view];
const away = async (): Promise<never> => { throw new CloudError('DATABASE_UNAVAILABLE', 'away'); };

describe('a restarted cluster controller', () => {
  const open: Roster[] = [];
  afterEach(() => { for (const roster of open.splice(0)) roster.close(); });

  function scene(answer: () => Promise<DaemonView[]>) {
    const clc = { answer, asked: 0 };
    const clock = { now: 0 };
    const nodes = createNodes(() => clock.now);
    const roster = createRoster({ nodes, myNodes: () => { clc.asked += 1; return clc.answer(); }, now: () => clock.now, log: silentLog(), pauseMs: () => 1 });
    open.push(roster);
    const sent: string[] = [];
    const bus = { publish: async (queue: string, e: Envelope) => void sent.push(`${queue} ${e.name}`), publishVolatile: (queue: string, e: Envelope) => void sent.push(`${queue} ${e.name}`) } as unknown as Bus;
    const command = (node: string): Promise<void> => relayCommand({ id: () => 'cc-1', executor: {} as Executor, clusterBus: bus, isOurs: roster.isOurs }, envelope({ target: { node, epoch: 1 } }));
    const relay = createStatusRelay({ identity: () => ({ id: 'cc-1', epoch: 1 }), clcBus: bus, nodes, isOurs: roster.isOurs, newId: () => 'id' });
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
  it('learns a node when it speaks, and does not ask again for each word of a stranger', async () => {
    const { clc, clock, relay, sent } = scene(up);
    await relay.status(envelope({ name: 'insstatus', source: { node: ours, epoch: 1 } }));
    assert.deepEqual(sent, ['status.clc insstatus']);
    for (let i = 0; i < 10; i++) await assert.rejects(relay.status(envelope({ name: 'insstatus', source: { node: stranger, epoch: 1 } })), { code: 'WRONG_NODE', message: /nc-deadbeef.*not a node of this cluster/ });
    assert.equal(clc.asked, 1);
    clock.now += 60_000;
    await assert.rejects(relay.volatile(envelope({ name: 'taskstatus', source: { node: stranger, epoch: 1 } })), { code: 'WRONG_NODE' });
    assert.deepEqual([clc.asked, sent.length], [2, 1]);
  });
});
