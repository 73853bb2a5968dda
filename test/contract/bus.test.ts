// The bus contract on both adapters, and what only a broker in another process can do to us.
import assert from 'node:assert/strict';
import { connect } from 'amqplib';
import { createAmqpBus, createEmbeddedBroker, createEmbeddedBus, openBus, type Bus } from '@educloud/bus';
import { hasCode } from '@educloud/errors';
import { silentLog } from '@educloud/log';
import { startRabbitmq, type RabbitServer } from '../../tools/servers/index.ts';
import { eventually } from '../support/eventually.ts';
import { allowStart, freshVhost, serversDir } from '../support/servers.ts';
import { busContract, envelope } from './bus.contract.ts';

const log = silentLog();
const retryPausesMs = [20, 20, 20, 20, 20];

busContract('embedded', async () => {
  const broker = createEmbeddedBroker();
  return {
    open: async () => createEmbeddedBus({ broker, log, retryPausesMs }),
    sendRaw: async (queue, bytes) => void broker.send(queue, { bytes, headers: {}, deliveries: 0 }),
    deleteQueue: async (queue) => void broker.smqp.deleteQueue(queue),
    dispose: async () => undefined,
  };
});

busContract('RabbitMQ', async () => {
  const url = await freshVhost();
  const operator = await connect(url);
  const channel = await operator.createConfirmChannel();
  return {
    open: () => createAmqpBus({ url, log, retryPausesMs }),
    async sendRaw(queue, content) {
      channel.sendToQueue(queue, content);
      await channel.waitForConfirms();
    },
    deleteQueue: async (queue) => void (await channel.deleteQueue(queue)),
    dispose: () => operator.close(),
  };
});

describe('openBus', () => {
  it('lets daemons of one process meet under a name', async () => {
    const [a, b] = await Promise.all([openBus('embedded:meet', { log }), openBus('embedded:meet', { log })]);
    let got = '';
    await a.consume('cmd.nc.x', 'command', async (e) => void (got = e.name));
    await b.publish('cmd.nc.x', envelope('hello'));
    await eventually('it came', () => got === 'hello');
    await Promise.all([a.close(), b.close()]);
  });
  it('names what it accepts when the address is something else', async () => {
    await assert.rejects(openBus('http://x', { log }), /amqp:\/\/.*embedded:/);
  });
});

describe('the bus over a RabbitMQ that fails', () => {
  let server: RabbitServer;
  let url: string;
  const open: Bus[] = [];
  const bus = async (): Promise<Bus> => {
    const b = await createAmqpBus({ url, log, retryPausesMs });
    open.push(b);
    return b;
  };
  before(async function () {
    allowStart(this);
    // Its own: killing the shared one would disturb the others.
    server = await startRabbitmq({ dir: `${await serversDir()}/rabbitmq-that-fails`, vhosts: ['clc'] });
    url = server.url('clc');
  });
  afterEach(async function () {
    this.timeout(20_000);
    await Promise.all(open.splice(0).map((b) => b.close()));
  });
  after(async function () {
    this.timeout(60_000);
    await server?.stop();
  });

  it('refuses at once while the broker has an alarm, and goes on after it', async function () {
    this.timeout(60_000);
    const b = await bus();
    const got: string[] = [];
    await b.consume('cmd.nc.alarm', 'command', async (e) => void got.push(e.id));
    const states: boolean[] = [];
    b.onState((s) => states.push(s.blocked));
    await server.raiseDiskAlarm();
    // The broker tells only those who publish: the first attempt meets the alarm.
    await eventually('an attempt is refused', async () => b.publish('cmd.nc.alarm', envelope('a/b/c')).then(() => false, (e: unknown) => hasCode(e, 'BUS_UNAVAILABLE')), 20_000);
    await eventually('known as blocked', () => b.state().blocked);
    assert.match(b.state().reason, /alarm/);
    // At once: in this turn of the loop, before anything could come from the broker.
    let turned = false;
    setImmediate(() => { turned = true; });
    await assert.rejects(b.publish('cmd.nc.alarm', envelope('a/b/c')), (e) => hasCode(e, 'BUS_UNAVAILABLE'));
    assert.equal(turned, false);
    await server.clearDiskAlarm();
    await eventually('not blocked any more', () => !b.state().blocked, 20_000);
    const after = envelope('a/b/c');
    await b.publish('cmd.nc.alarm', after);
    await eventually('it arrives', () => got.includes(after.id));
    assert.deepEqual([states[0], states.at(-1)], [true, false]);
  });

  it('loses nothing it confirmed when the broker is killed, and resumes by itself', async function () {
    this.timeout(120_000);
    const publisher = await bus();
    const consumer = await bus();
    const got = new Set<string>();
    const confirmed: string[] = [];
    await publisher.ensureQueue('status.keep', 'command');
    await consumer.consume('cmd.nc.kill', 'command', async (e) => void got.add(e.id), { prefetch: 8 });
    let publishing = true;
    let refusal = '';
    const flood = (async () => {
      while (publishing) {
        const e = envelope('a/b/c');
        await publisher.publish('cmd.nc.kill', e).then(
          () => confirmed.push(e.id),
          (error: Error) => {
            refusal = error.message;
            return new Promise((resolve) => setTimeout(resolve, 20));
          },
        );
      }
    })();
    const kept = envelope('kept');
    await publisher.publish('status.keep', kept); // lies there through the crash
    await eventually('a good number confirmed', () => confirmed.length > 200);
    await eventually('the broker has written down its queues', () => ['cmd.nc.kill', 'status.keep'].every((q) => server.knowsQuorumQueue('clc', q)), 20_000);
    await server.kill('SIGKILL');
    await eventually('noticed', () => !publisher.state().connected && !consumer.state().connected);
    await assert.rejects(publisher.publish('cmd.nc.kill', envelope('a/b/c')), (e) => hasCode(e, 'BUS_UNAVAILABLE'));
    const before = confirmed.length;
    await server.restart();
    const listening = performance.now();
    await eventually('publishing resumed', () => {
      if (confirmed.length > before + 50) return true;
      throw new Error(`${confirmed.length - before} confirmed; last refusal: ${refusal}; ${publisher.state().reason}`);
    }, 20_000);
    assert.ok(performance.now() - listening < 15_000, 'within 15 s after it listens');
    publishing = false;
    await flood;
    await eventually('everything confirmed has arrived', () => confirmed.every((id) => got.has(id)), 20_000);
    const left: string[] = [];
    await consumer.consume('status.keep', 'command', async (e) => void left.push(e.id));
    await eventually('also what nobody had consumed before the crash', () => left.includes(kept.id));
    await eventually('all four connections are back', () => consumer.state().connected && publisher.state().connected);
  });

  it('may be opened before the broker is there', async function () {
    this.timeout(120_000);
    await server.kill('SIGKILL');
    const b = await createAmqpBus({ url, log, connectWaitMs: 50 });
    open.push(b);
    assert.equal(b.state().connected, false);
    assert.match(b.state().reason, /no connection/);
    const got: string[] = [];
    await b.consume('cmd.nc.early', 'command', async (e) => void got.push(e.name));
    await b.ensureQueue('cmd.nc.early2', 'command');
    b.publishVolatile('beat.x', envelope('lost'));
    await assert.rejects(b.publish('cmd.nc.early', envelope('a/b/c')), (e) => hasCode(e, 'BUS_UNAVAILABLE'));
    await server.restart();
    await eventually('connected by itself', () => b.state().connected, 20_000);
    await b.publish('cmd.nc.early2', envelope('declared'));
    await b.publish('cmd.nc.early', envelope('hello'));
    await eventually('consumed', () => got.includes('hello'));
  });
});
