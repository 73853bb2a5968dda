// Messages that nobody should send, straight into the queues of the brokers: each ends in the dead-letter queue with a reason or is
// answered, none has an effect, and every consumer lives on, also when its queue is deleted.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { CLC_BEAT_QUEUE, CLC_STATUS_QUEUE, clusterBeatQueue, clusterStatusQueue, commandQueue, DEAD_LETTER_QUEUE, MAX_MESSAGE_BYTES, type CommandBody, type Envelope } from '@educloud/contracts';
import { eventually } from '../../support/eventually.ts';
import { nothingIsLeft } from '../../support/leftovers.ts';
import { messageKeyOfSecret, seal } from '@educloud/tickets';
import { MIB, type Scene } from './scene.ts';

interface Letter { code: string; reason: string; queue: string; content: string }
/** A person's connection to one vhost. */
interface Vhost {
  channel: ConfirmChannel;
  model: ChannelModel;
  put(queue: string, message: unknown): Promise<void>;
  letters(): Promise<Letter[]>;
}

export async function openVhost(url: string): Promise<Vhost> {
  const model = await connect(url);
  model.on('error', () => undefined);
  const channel = await model.createConfirmChannel();
  return {
    model, channel,
    async put(queue, message) {
      const bytes = Buffer.isBuffer(message) ? message : Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
      channel.sendToQueue(queue, bytes, { persistent: true });
      await channel.waitForConfirms();
    },
    async letters() {
      const found: Letter[] = [];
      for (let message = await channel.get(DEAD_LETTER_QUEUE, { noAck: true }); message; message = await channel.get(DEAD_LETTER_QUEUE, { noAck: true })) {
        const h = message.properties.headers ?? {};
        found.push({ code: String(h['x-code'] ?? ''), reason: String(h['x-reason'] ?? ''), queue: String(h['x-queue'] ?? ''), content: message.content.subarray(0, 2000).toString() });
      }
      return found;
    },
  };
}

export function messageSuite(theScene: () => Scene): void {
  describe('messages that nobody should send', () => {
    let scene: Scene;
    let upper: Vhost;
    let lower: Vhost;
    let ids: Record<'walrus' | 'sc' | 'cc' | 'nc', string>;
    let epochs: Record<string, number>;
    let nodeKey: string;
    /** Every durable queue with the vhost it lies in. */
    let queues: Array<{ queue: string; vhost: Vhost; node: string }>;

    before(async () => {
      scene = theScene();
      const { amqpUrl, clusterAmqpUrl } = scene.cloud.json;
      [upper, lower] = [await openVhost(amqpUrl as string), await openVhost(clusterAmqpUrl as string)];
      ids = { walrus: await scene.idOf('walrus'), sc: await scene.idOf('sc'), cc: await scene.idOf('cc'), nc: await scene.idOf('nc') };
      epochs = Object.fromEntries((await scene.rows('SELECT id, epoch FROM daemons')).map((row) => [String(row['id']), Number(row['epoch'])]));
      nodeKey = messageKeyOfSecret((JSON.parse(await readFile(path.join(scene.cloud.layout.data('nc'), 'identity.json'), 'utf8')) as { secret: string }).secret);
      queues = [
        { queue: commandQueue(ids.cc), vhost: upper, node: ids.cc }, { queue: commandQueue(ids.walrus), vhost: upper, node: ids.walrus }, { queue: CLC_STATUS_QUEUE, vhost: upper, node: ids.walrus },
        { queue: commandQueue(ids.nc), vhost: lower, node: ids.nc }, { queue: clusterStatusQueue(ids.cc), vhost: lower, node: ids.nc },
      ];
      await Promise.all([upper.letters(), lower.letters()]);
    });
    after(async () => {
      await Promise.all([upper?.letters(), lower?.letters()]);
      await Promise.all([upper?.model.close(), lower?.model.close()]);
    });

    const envelope = (set: Partial<Envelope>): Envelope => ({ v: 1, id: randomUUID(), name: 'image/create/prepare', tid: null, jobId: null, target: null, source: null, generation: 1, seq: 1, deadline: null, trail: [], body: {}, ...set });
    const to = (node: string, set: Partial<Envelope> & { body: CommandBody | unknown }): Envelope => envelope({ target: { node, epoch: epochs[node] ?? 0 }, jobId: `none/1/${randomUUID()}`, ...set });
    const from = (node: string, name: string, body: unknown, epoch = epochs[node] ?? 1): Envelope => envelope({ name, source: { node, epoch }, body, seq: 1_000_000 });
    /** With the proof of the node, as it speaks and as its cluster controller speaks to it. */
    const proven = (message: Envelope): Envelope => seal(message, nodeKey);
    /** As a message of a node arrives at the CLC. */
    const relayed = (message: Envelope): Envelope => ({ ...message, trail: [ids.cc] });
    const logOf = (daemon: string): Promise<string> => readFile(scene.cloud.layout.log(daemon), 'utf8');
    /** Lines of a daemon's log that say `what` about this id. */
    const said = async (daemon: string, id: string, what: RegExp): Promise<number> => (await logOf(daemon)).split('\n').filter((line) => line.includes(id) && what.test(line)).length;

    async function buried(vhost: Vhost, queue: string, message: unknown, code: RegExp, reason: RegExp): Promise<void> {
      await vhost.put(queue, message);
      const seen: Letter[] = [];
      await eventually(`a dead letter ${String(code)} from ${queue}`, async () => {
        seen.push(...(await vhost.letters()));
        return seen.some((l) => l.queue === queue && code.test(l.code) && reason.test(l.reason));
      }, 15_000).catch((e: unknown) => { throw new Error(`${String(e)}; letters: ${JSON.stringify(seen)}`); });
      assert.equal(seen.length, 1, JSON.stringify(seen));
    }

    it('end with a reason in the dead-letter queue when nobody can read them', async () => {
      const untouched = await scene.digest();
      for (const { queue, vhost } of queues) {
        await buried(vhost, queue, 'this is not JSON', /^MESSAGE_INVALID$/, /not JSON/);
        await buried(vhost, queue, '[1,2]', /^MESSAGE_INVALID$/, /schema/);
        await buried(vhost, queue, 'null', /^MESSAGE_INVALID$/, /schema/);
        await buried(vhost, queue, Buffer.from([0xff, 0xfe, 0x00]), /^MESSAGE_INVALID$/, /not JSON/);
        await buried(vhost, queue, '', /^MESSAGE_INVALID$/, /not JSON/);
        await buried(vhost, queue, { ...envelope({}), v: 2 }, /^MESSAGE_VERSION$/, /unknown version 2/);
        await buried(vhost, queue, { ...envelope({}), seq: 'x', trail: 7 }, /^MESSAGE_INVALID$/, /seq.*trail/);
        await buried(vhost, queue, { ...envelope({}), body: 'x'.repeat(MAX_MESSAGE_BYTES) }, /^MESSAGE_INVALID$/, /larger than 262144 bytes/);
      }
      assert.deepEqual(await scene.digest(), untouched);
    });

    it('end with a reason in the dead-letter queue when they are for somebody else', async () => {
      const body: CommandBody = { job: 'discardInstance', op: 'do', attempt: 1, plan: 1, params: { insId: 'ins-00000000' } };
      await buried(lower, commandQueue(ids.nc), proven(to('nc-deadbeef', { body })), /^WRONG_NODE$/, /nc-deadbeef/);
      await buried(upper, commandQueue(ids.cc), to('nc-deadbeef', { body }), /^WRONG_NODE$/, /not a node of this cluster/);
      await buried(upper, commandQueue(ids.cc), to('../../x', { body }), /^WRONG_NODE$/, /./);
      await buried(upper, commandQueue(ids.walrus), to(ids.cc, { body }), /^WRONG_NODE$/, /./);
      await buried(upper, commandQueue(ids.cc), envelope({ body }), /^MESSAGE_INVALID$/, /no target/);
    });

    it('end with a reason in the dead-letter queue when they say what they may not', async () => {
      for (const name of ['__proto__', 'constructor', 'heartbeat', 'image/create/run']) await buried(upper, CLC_STATUS_QUEUE, from(ids.walrus, name, {}), /^MESSAGE_INVALID$/, /nothing here handles|heartbeat/);
      for (const name of ['taskstatus', 'insstatus', 'nodestatus', 'imagestatus']) {
        await buried(upper, CLC_STATUS_QUEUE, relayed(from(ids.nc, name, { instances: 7, outcome: [], facts: '' })), /^MESSAGE_INVALID$/, /./);
        await buried(upper, CLC_STATUS_QUEUE, envelope({ name, body: {} }), /^MESSAGE_INVALID$/, /./);
      }
      // Deeper than any stack: it can be read, but not written again.
      const deep = JSON.stringify({ ...from(ids.nc, 'insstatus', 0), body: 'DEEP' }).replace('"DEEP"', `${'['.repeat(100_000)}${']'.repeat(100_000)}`);
      await buried(lower, clusterStatusQueue(ids.cc), deep, /./, /./);
      await buried(lower, commandQueue(ids.nc), deep, /./, /./);
      await buried(lower, clusterStatusQueue(ids.cc), { ...proven(from(ids.nc, 'insstatus', { full: false, instances: [] })), trail: Array(20).fill('x') }, /^MESSAGE_INVALID$/, /trail/);
      await buried(lower, clusterStatusQueue(ids.cc), from(ids.walrus, 'insstatus', { full: true, instances: [] }), /^MESSAGE_INVALID$/, /does not come from a node/);
    });

    it('are answered without effect when they are expired, unknown, malformed inside or of an earlier registration', async () => {
      const insId = 'ins-0badbad0';
      const blank = { insId, base: null, blankBytes: MIB };
      const commands: Array<[Envelope, string]> = [
        [to(ids.nc, { deadline: Date.now() - 60_000, body: { job: 'cloneDisk', op: 'do', attempt: 1, plan: 1, params: blank } }), 'EXPIRED'],
        [to(ids.nc, { body: { job: 'formatTheDisk', op: 'do', attempt: 1, plan: 1, params: blank } }), 'MESSAGE_INVALID'],
        [to(ids.nc, { body: { job: 'toString', op: 'do', attempt: 1, plan: 1, params: blank } }), 'MESSAGE_INVALID'],
        [to(ids.nc, { body: { job: 'cloneDisk', op: 'do', attempt: 1, plan: 1, params: { ...blank, blankBytes: 'much' } } }), 'MESSAGE_INVALID'],
        [to(ids.nc, { id: `${randomUUID()}:do:1`, body: { job: 7 } }), 'MESSAGE_INVALID'],
      ];
      for (const [command, code] of commands) {
        await lower.put(commandQueue(ids.nc), proven(command));
        await eventually(`the node refuses it with ${code}`, async () => (await said('nc', command.id, new RegExp(`"code":"${code}"`))) === 1, 15_000);
        await eventually('the answer reaches the CLC', async () => (await said('clc', command.jobId as string, /unknown job/)) === 1, 15_000);
      }
      const stale = to(ids.nc, { target: { node: ids.nc, epoch: (epochs[ids.nc] as number) - 1 }, body: { job: 'cloneDisk', op: 'do', attempt: 1, plan: 1, params: blank } });
      await lower.put(commandQueue(ids.nc), proven(stale));
      await eventually('the stale one is answered', async () => (await said('clc', stale.jobId as string, /unknown job/)) === 1, 15_000);
      await assert.rejects(stat(path.join(scene.cloud.layout.data('nc'), 'instances', insId)));
      assert.deepEqual([...(await upper.letters()), ...(await lower.letters())], []);
    });

    it('that come twice have one effect, and the stored answer goes out again', async () => {
      const insId = 'ins-0d0b1e00';
      const folder = path.join(scene.cloud.layout.data('nc'), 'instances', insId);
      const command = to(ids.nc, { body: { job: 'cloneDisk', op: 'do', attempt: 1, plan: 1, params: { insId, base: null, blankBytes: MIB } } });
      await lower.put(commandQueue(ids.nc), proven(command));
      await eventually('the effect', () => stat(path.join(folder, 'disk.qcow2')), 15_000);
      await eventually('the answer', async () => (await said('clc', command.jobId as string, /unknown job/)) === 1, 15_000);
      await rm(folder, { recursive: true });
      for (const times of [2, 3]) {
        await lower.put(commandQueue(ids.nc), proven(command));
        await eventually('the answer again', async () => (await said('clc', command.jobId as string, /unknown job/)) === times, 15_000);
      }
      await assert.rejects(stat(folder), 'made again');
      assert.deepEqual([...(await upper.letters()), ...(await lower.letters())], []);
    });

    it('of one node in the name of another, on the broker account that all nodes of a cluster have, change nothing', async function () {
      this.timeout(120_000);
      const id = await scene.build.upload(await scene.imageFile('neighbour.qcow2', 300_000), { name: 'neighbour', format: 'qcow2' });
      const { tid, insId } = await scene.build.begin(id);
      for (const step of ['prepare', 'run'] as const) await scene.build.do(tid, step);
      const other = messageKeyOfSecret('the secret of another node of this cluster');
      const facts = { version: '9', hostname: 'forged', capacity: { cpus: 900, memoryMiB: 900_000, diskBytes: 9e12, freeDiskBytes: 9e12 } };
      const lies: Array<[string, unknown]> = [
        ['insstatus', { full: false, instances: [{ insId, vmstatus: 'stopped', reason: 'forged' }], busy: [] }], ['insstatus', { full: true, instances: [], busy: [] }],
        ['nodestatus', { facts }], ['inventory', { items: [] }],
        ['taskstatus', { jobId: `${tid}/2/1`, op: 'do', attempt: 1, outcome: 'failed', percent: 0, error: { code: 'INTERNAL', message: 'forged', retryable: false } }],
      ];
      for (const [name, body] of lies) {
        const lie = from(ids.nc, name, body);
        for (const message of [lie, seal(lie, other), { ...proven(from(ids.nc, name, {})), body }]) await buried(lower, clusterStatusQueue(ids.cc), message, /^MESSAGE_UNPROVEN$/, /of who wrote it/);
      }
      const order = to(ids.nc, { body: { job: 'discardInstance', op: 'do', attempt: 1, plan: 99, params: { insId } } });
      for (const message of [order, seal(order, other)]) await buried(lower, commandQueue(ids.nc), message, /^MESSAGE_UNPROVEN$/, /of who wrote it/);
      assert.equal((await scene.build.task(tid)).state, 'running');
      const node = (await scene.ask({ at: `/nodes/${ids.nc}` })).json as { facts: { hostname: string } };
      assert.notEqual(node.facts.hostname, 'forged');
      await stat(path.join(scene.cloud.layout.data('nc'), 'instances', insId, 'disk.qcow2'));
      await scene.build.do(tid, 'delete');
      await scene.build.deleteImage(id);
    });

    it('of one daemon about what is another’s change nothing', async function () {
      this.timeout(120_000);
      const id = await scene.build.upload(await scene.imageFile('forged.qcow2', 300_000), { name: 'forged', format: 'qcow2' });
      const { tid, insId } = await scene.build.begin(id);
      const nc = scene.cloud.json.daemons.nc.pid;
      process.kill(nc, 'SIGSTOP');
      try {
        await scene.build.ask(tid, 'prepare');
        const job = await eventually('the node has a job to do', async () => (await scene.rows("SELECT id, target, attempt FROM saga_jobs WHERE planId LIKE ? AND target = ? AND state = 'running'", [`${tid}/%`, ids.nc]))[0], 20_000);
        const status = { jobId: String(job['id']), op: 'do', attempt: Number(job['attempt']), outcome: 'failed', percent: 0, error: { code: 'INTERNAL', message: 'forged', retryable: false } };
        for (const liar of ['nc-deadbeef', ids.walrus]) await buried(upper, CLC_STATUS_QUEUE, from(liar, 'taskstatus', status), /^WRONG_NODE$/, /speaks for|no daemon of this cloud/);
        await buried(lower, clusterStatusQueue(ids.cc), from('nc-deadbeef', 'taskstatus', { ...status, outcome: 'done', result: {} }), /^WRONG_NODE$/, /not a node of this cluster/);
        for (const by of [[], [ids.walrus], ['cc-deadbeef']]) await buried(upper, CLC_STATUS_QUEUE, { ...from(ids.nc, 'taskstatus', status), trail: by }, /^WRONG_NODE$/, /belongs to/);
        assert.equal((await scene.build.task(tid)).error, null);
      } finally {
        process.kill(nc, 'SIGCONT');
      }
      assert.equal((await scene.build.rests(tid)).state, 'prepared');
      assert.equal((await scene.build.do(tid, 'run')).state, 'running');

      const off = { full: false, instances: [{ insId, vmstatus: 'stopped', reason: 'forged' }], busy: [] };
      for (const body of [off, { full: true, instances: [], busy: [] }]) await buried(upper, CLC_STATUS_QUEUE, relayed(from('nc-deadbeef', 'insstatus', body)), /^WRONG_NODE$/, /no daemon of this cloud/);
      await buried(upper, CLC_STATUS_QUEUE, from(ids.nc, 'insstatus', off), /^WRONG_NODE$/, /belongs to/);
      await upper.put(CLC_STATUS_QUEUE, relayed(from(ids.nc, 'insstatus', off, (epochs[ids.nc] as number) - 1)));

      // The store alone says that an image is there: not a node, and not the CC.
      const announced = await scene.ask({ method: 'POST', at: '/images', body: { name: 'never uploaded', ostype: 'linux', usage: 'server', sizeBytes: 1000 } });
      const imageId = announced.json['imageId'] as string;
      const available = { imageId, version: 1, outcome: 'available', sha256: 'a'.repeat(64), sizeBytes: 1000, virtualSizeBytes: 1000, format: 'qcow2', tid: null };
      await buried(upper, CLC_STATUS_QUEUE, relayed(from(ids.nc, 'imagestatus', available)), /^WRONG_NODE$/, /no image store/);
      for (const liar of [ids.cc, 'walrus-deadbeef']) await buried(upper, CLC_STATUS_QUEUE, from(liar, 'imagestatus', available), /^WRONG_NODE$/, /no image store|no daemon of this cloud/);
      const listed = (await scene.ask({ at: '/images?limit=500' })).json as unknown as { items: Array<{ id: string }> };
      assert.ok(!listed.items.some((image) => image.id === imageId));

      // Both came after the lies about the guest, in the same queue.
      assert.equal((await scene.build.task(tid)).state, 'running');
      await scene.build.do(tid, 'delete');
      await scene.build.deleteImage(id);
      await scene.build.deleteImage(imageId);
    });

    it('leave every consumer alive, and so does the deletion of its queue: a whole build works afterwards', async function () {
      this.timeout(120_000);
      for (const [vhost, names] of [[upper, [commandQueue(ids.cc), commandQueue(ids.walrus), CLC_STATUS_QUEUE, CLC_BEAT_QUEUE, DEAD_LETTER_QUEUE]], [lower, [commandQueue(ids.nc), clusterStatusQueue(ids.cc), clusterBeatQueue(ids.cc), DEAD_LETTER_QUEUE]]] as const) {
        for (const name of names) await vhost.channel.deleteQueue(name);
      }
      const id = await scene.build.upload(await scene.imageFile('after.qcow2', 300_000), { name: 'after all that', format: 'qcow2' });
      const { tid, dstImageId } = await scene.build.begin(id);
      for (const [step, state] of [['prepare', 'prepared'], ['run', 'running'], ['stop', 'stopped'], ['submit', 'submitted']] as const) {
        const after = await scene.build.do(tid, step);
        assert.equal(after.state, state, after.message);
      }
      for (const { queue, vhost } of queues) await eventually(`${queue} has its consumer again`, async () => (await vhost.channel.checkQueue(queue)).consumerCount === 1, 15_000);
      await scene.build.deleteImage(dstImageId);
      await scene.build.deleteImage(id);
      // What an earlier test left in flight was lost with its queue: it is asked for again after a while.
      await nothingIsLeft(scene.cloud, 40_000);
    });
  });
}
