// The connections to RabbitMQ under the bus: cut at every point of their beginning.
import assert from 'node:assert/strict';
import { connect } from 'amqplib';
import { createAmqpBus, type Bus } from '@educloud/bus';
import { silentLog } from '@educloud/log';
import { eventually } from '../support/eventually.ts';
import { startProxy } from '../support/proxy.ts';
import { startRelay, type Looks, type Relay } from '../support/relay.ts';
import { freshVhost } from '../support/servers.ts';
import { envelope } from './bus.contract.ts';

/** Class and method at the head of a method frame's payload. */
const CONNECTION_OPEN_OK = Buffer.from([0, 10, 0, 41]);
const CONNECTION_CLOSE = Buffer.from([0, 10, 0, 50]);
const CHANNEL_CLOSE = Buffer.from([0, 20, 0, 40]);
const QUEUE_DECLARE = Buffer.from([0, 50, 0, 10]);
/** Only consumers say how much they take at once. */
const BASIC_QOS = Buffer.from([0, 60, 0, 10]);
/** From the first answer of the broker to the last one before the bus counts as connected. */
const [FIRST_BYTE, LAST_BYTE, STEP] = [430, 1000, 57];
/** Eight at once and a second for each: longer than the five seconds that one answer may take. */
const [MANY, SLOW_MS] = [60, 150];

/** A bus of its own whose lines go through a relay that shows each piece to `looks`. Both are put away afterwards. */
async function throughRelay(looks: Looks, work: (bus: Bus, relay: Relay) => Promise<void>): Promise<void> {
  const url = new URL(await freshVhost());
  const relay = await startRelay(Number(url.port), looks);
  url.port = String(relay.port);
  const bus = await createAmqpBus({ url: url.href, log: silentLog() });
  try {
    await work(bus, relay);
  } finally {
    await bus.close();
    relay.close();
  }
}

describe('the link to RabbitMQ', () => {
  it('R002 works again wherever it ended while channels and queues were being made', async function () {
    this.timeout(180_000);
    const url = new URL(await freshVhost());
    const proxy = await startProxy({ target: { host: url.hostname, port: Number(url.port) } });
    url.hostname = proxy.host;
    url.port = String(proxy.port);
    const bus = await createAmqpBus({ url: url.toString(), log: silentLog() });
    try {
      const got = new Set<string>();
      await bus.consume('cmd.test.link', 'command', async (e) => void got.add(e.id));
      const works = async (): Promise<boolean> => {
        const message = envelope('a/b/c');
        await bus.publish('cmd.test.link', message).catch(() => undefined);
        return eventually('it comes', async () => got.has(message.id), 500).then(() => true, () => false);
      };
      for (let bytes = FIRST_BYTE; bytes <= LAST_BYTE; bytes += STEP) {
        proxy.cut(bytes, 2); // both connections
        proxy.resetAll();
        await eventually(`it works after a cut at byte ${bytes}`, works, 15_000);
      }
      assert.equal(bus.state().connected, true);
    } finally {
      await bus.close();
      await proxy.close();
    }
  });

  it('R301 connects again when the line goes while a channel is being closed during setup', async function () {
    this.timeout(180_000);
    // The first time it sees a Channel.Close it cuts the line instead of passing it on.
    let closes = 0;
    await throughRelay({
      toServer: (bytes, pass, client) => void (bytes.includes(CHANNEL_CLOSE) && ++closes === 1 ? client.destroy() : pass()),
    }, async (bus) => {
      await eventually('it is connected', () => closes > 1 && bus.state().connected, 20_000);
    });
  });

  it('R003 is there again however many queues there are and however slowly the broker answers: only silence ends an attempt', async function () {
    this.timeout(120_000);
    const url = new URL(await freshVhost());
    const proxy = await startProxy({ target: { host: url.hostname, port: Number(url.port) } });
    url.hostname = proxy.host;
    url.port = String(proxy.port);
    const bus = await createAmqpBus({ url: url.toString(), log: silentLog() });
    try {
      await Promise.all(Array.from({ length: MANY }, (_, n) => bus.ensureQueue(`beat.test.${n}`, 'volatile')));
      proxy.trouble({ delayMs: SLOW_MS });
      proxy.resetAll();
      await eventually('it is gone', () => !bus.state().connected, 10_000);
      // Longer than what one answer may take, shorter than each by each.
      await eventually('it is connected', () => bus.state().connected, 40_000);
    } finally {
      await bus.close();
      await proxy.close();
    }
  });

  it('R003 does not make the queues of others anew: they declare their own', async function () {
    this.timeout(30_000);
    const url = new URL(await freshVhost());
    const proxy = await startProxy({ target: { host: url.hostname, port: Number(url.port) } });
    const mine = await createAmqpBus({ url: Object.assign(new URL(url), { hostname: proxy.host, port: String(proxy.port) }).href, log: silentLog() });
    try {
      await mine.ensureQueue('cmd.test.own', 'command');
      await mine.ensureQueue('cmd.test.other', 'command', { once: true });
      assert.deepEqual([await mine.depth('cmd.test.own'), await mine.depth('cmd.test.other')], [0, 0]);
      const model = await connect(url.href);
      const channel = await model.createChannel();
      await Promise.all(['cmd.test.own', 'cmd.test.other'].map((queue) => channel.deleteQueue(queue)));
      await model.close();
      proxy.resetAll();
      await eventually('its own is back', async () => (await mine.depth('cmd.test.own').catch(() => null)) === 0, 10_000);
      assert.equal(await mine.depth('cmd.test.other'), null);
    } finally {
      await mine.close();
      await proxy.close();
    }
  });

  it('R004 makes the connection anew when the broker leaves a declaration unanswered and is alive otherwise', async function () {
    this.timeout(60_000);
    let swallow = 0;
    await throughRelay({
      toServer(bytes, pass) {
        if (swallow > 0 && bytes.includes(QUEUE_DECLARE)) swallow -= 1;
        else pass();
      },
    }, async (bus, relay) => {
      await eventually('it is connected', () => bus.state().connected, 20_000);
      const before = relay.connections();
      swallow = 1;
      await bus.ensureQueue('cmd.test.unanswered', 'command');
      await eventually('the queue is there', async () => (await bus.depth('cmd.test.unanswered').catch(() => null)) === 0, 15_000);
      assert.equal(relay.connections(), before + 1);

      swallow = 1;
      const got: string[] = [];
      await bus.consume('cmd.test.unheard', 'command', async (e) => void got.push(e.id));
      const message = envelope('a/b/c');
      await eventually('it is heard', async () => {
        if (got.length === 0) await bus.publish('cmd.test.unheard', message).catch(() => undefined);
        return got.includes(message.id);
      }, 15_000);
      assert.equal(relay.connections(), before + 2);
    });
  });

  it('R005 makes a queue that is asked for while the others are being declared, before it counts as connected', async function () {
    this.timeout(60_000);
    let declaring: (() => void) | null = null;
    await throughRelay({
      toServer(bytes, pass) {
        if (bytes.includes(QUEUE_DECLARE)) declaring?.();
        pass();
      },
    }, async (bus, relay) => {
      await eventually('it is connected', () => bus.state().connected, 20_000);
      let asked = false;
      declaring = () => {
        declaring = null;
        asked = true;
        void bus.ensureQueue('cmd.test.late', 'command');
      };
      relay.dropAll();
      await eventually('it is connected again', () => asked && bus.state().connected, 20_000);
      assert.equal(await bus.depth('cmd.test.late'), 0);
    });
  });

  it('R168 can be closed while it connects again, and the line go just then', async function () {
    this.timeout(60_000);
    const held: Array<() => void> = [];
    let [holds, cut] = [false, 0];
    await throughRelay({
      toClient: (bytes, pass) => void (holds && bytes.includes(CONNECTION_OPEN_OK) ? held.push(pass) : pass()),
      toServer(bytes, pass, client) {
        if (!holds || !bytes.includes(CONNECTION_CLOSE)) return pass();
        cut += 1;
        client.resetAndDestroy();
      },
    }, async (bus, relay) => {
      await eventually('it is connected', () => bus.state().connected, 20_000);
      holds = true;
      relay.dropAll();
      await eventually('both connections are about to be there again', () => held.length === 2, 20_000);
      const closed = bus.close();
      for (const pass of held) pass();
      await closed;
      await eventually('both were cut while they were being closed', () => cut === 2, 10_000);
    });
  });

  it('R140 consumes also what is asked for while the other consumers are being set up', async function () {
    this.timeout(60_000);
    const consumers = new Set<unknown>();
    let declaring: (() => void) | null = null;
    await throughRelay({
      toServer(bytes, pass, client) {
        if (bytes.includes(BASIC_QOS)) consumers.add(client);
        if (consumers.has(client) && bytes.includes(QUEUE_DECLARE)) declaring?.();
        pass();
      },
    }, async (bus, relay) => {
      await eventually('it is connected', () => bus.state().connected, 20_000);
      await bus.consume('cmd.test.first', 'command', async () => undefined);
      const got: string[] = [];
      let asked: Promise<unknown> | null = null;
      declaring = () => {
        declaring = null;
        asked = bus.consume('cmd.test.late', 'command', async (e) => void got.push(e.name));
      };
      relay.dropAll();
      await eventually('it is connected again', () => asked && bus.state().connected, 20_000);
      await asked;
      await bus.ensureQueue('cmd.test.late', 'command');
      await bus.publish('cmd.test.late', envelope('heard'));
      await eventually('it is heard', () => got.includes('heard'), 10_000);
    });
  });
});
