// How long the cloud takes to be itself again after one clean fault: for docs/reliability.md. Called by main.ts (`--figures`).
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DaemonName } from '../../tools/cloud/layout.ts';
import { builderOf, type Builder } from '../support/build-flow.ts';
import { eventually } from '../support/eventually.ts';
import { rowsOf } from '../support/leftovers.ts';
import type { Rig } from './rig/interface.ts';

export interface Figure { what: string; ms: number[]; limitMs: number }

const ROUNDS = 3;
/** Who knocks in vain waits longer from time to time. */
const BROKER_AWAY_MS = [0, 10_000, 40_000];
const PATIENCE_MS = 180_000;

export async function measureFigures(rig: Rig, say: (text: string) => void): Promise<Figure[]> {
  const builder = await builderOf(rig.cloud);
  const file = path.join(rig.dir, 'image.raw');
  await writeFile(file, randomBytes(256 * 1024));
  const image = await builder.upload(file, { name: 'first', format: 'raw' });
  const figures: Figure[] = [
    { what: 'broker killed with -9 and away for 0, 10 and 40 s: from its first AMQP handshake until every daemon is ready and a step that was asked for meanwhile is done', ms: [], limitMs: 20_000 },
    { what: 'CLC killed with -9 in the middle of a step: from its start until the step is done', ms: [], limitMs: 30_000 },
    { what: 'node controller killed with -9 in the middle of a step: from its start until the step is done', ms: [], limitMs: 30_000 },
    { what: 'node killed with -9: from its last beat until it is shown as down', ms: [], limitMs: 75_000 },
  ];
  const measures = [(round: number) => broker(rig, builder, image, BROKER_AWAY_MS[round] ?? 0), () => step(rig, builder, image, 'clc'), () => step(rig, builder, image, 'nc'), () => nodeDown(rig)];
  for (const [i, measure] of measures.entries()) {
    const figure = figures[i] as Figure;
    for (let round = 0; round < ROUNDS; round++) {
      await everybodyIsReady(rig);
      figure.ms.push(await measure(round));
      say(`${((figure.ms.at(-1) as number) / 1000).toFixed(1)} s  ${figure.what}`);
    }
  }
  return figures;
}

async function broker(rig: Rig, builder: Builder, image: string, awayMs: number): Promise<number> {
  const { tid } = await builder.begin(image);
  await rig.servers.rabbitmq.kill();
  await builder.ask(tid, 'prepare');
  await pause(awayMs);
  const restarted = rig.servers.rabbitmq.restart();
  const { hostname, port } = new URL(rig.servers.amqpUrl);
  await eventually('the broker shakes hands', () => shakesHands(hostname, Number(port)), PATIENCE_MS);
  const since = performance.now();
  await Promise.all([restarted, everybodyIsReady(rig), prepared(builder, tid)]);
  return performance.now() - since;
}

async function step(rig: Rig, builder: Builder, image: string, name: DaemonName): Promise<number> {
  const { tid } = await builder.begin(image);
  await builder.ask(tid, 'prepare');
  await stopped(rig, name);
  const since = performance.now();
  await rig.cloud.start(name);
  rig.supervisor.watchAgain(name);
  await prepared(builder, tid);
  return performance.now() - since;
}

async function nodeDown(rig: Rig): Promise<number> {
  const node = rig.nodes.at(-1) as Rig['nodes'][number];
  await stopped(rig, node.name);
  const row = async (): Promise<Record<string, unknown>> => (await rowsOf({ json: { dbUrl: rig.servers.dbUrl } }, `SELECT state, lastBeatAt FROM daemons WHERE id = '${node.ncId}'`))[0] ?? {};
  await eventually('it is shown as down', async () => (await row())['state'] === 'down', PATIENCE_MS);
  const ms = Date.now() - Number((await row())['lastBeatAt']);
  await rig.cloud.start(node.name);
  rig.supervisor.watchAgain(node.name);
  return ms;
}

async function stopped(rig: Rig, name: DaemonName): Promise<void> {
  rig.supervisor.leaveAlone(name);
  await rig.cloud.kill(name);
}

async function prepared(builder: Builder, tid: string): Promise<void> {
  const task = await builder.rests(tid, PATIENCE_MS);
  if (task.state !== 'prepared') throw new Error(`the task is ${task.phase}/${task.state}: ${task.message}`);
}

async function everybodyIsReady(rig: Rig): Promise<void> {
  for (const name of rig.daemons) await rig.cloud.ready(name, PATIENCE_MS);
}

/** It answers the greeting of a client with Connection.Start. */
async function shakesHands(host: string, port: number): Promise<boolean> {
  const socket = net.connect({ host, port });
  const answered = new Promise<boolean>((resolve) => {
    socket.once('data', (frame) => resolve(frame[0] === 1)).once('error', () => resolve(false)).once('close', () => resolve(false));
    socket.write(Buffer.from('AMQP\0\0\x09\x01', 'latin1'));
  });
  const answer = await Promise.race([answered, pause(1000).then(() => false)]);
  socket.destroy();
  return answer;
}
