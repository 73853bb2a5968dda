// A broker that takes nothing, a database or Redis that is gone: a quick clear answer where nothing can be done, nothing lost anywhere.
// What is promised here is what docs/operations.md says.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { eventually } from '../../support/eventually.ts';
import { nothingIsLeft } from '../../support/leftovers.ts';
import { assertProblem } from './requests.suite.ts';
import type { Answer, Ask, Scene } from './scene.ts';

/** Nobody waits longer for an answer, whatever is away. */
const QUICK_MS = 6_000;

const threadStates = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  });

export function serversAwaySuite(theScene: () => Scene): void {
  describe('while a server is away', function () {
    this.timeout(120_000);
    let scene: Scene;
    let src: string;
    before(async () => {
      scene = theScene();
      src = await scene.build.upload(await scene.imageFile('away.qcow2', 300_000), { name: 'away', format: 'qcow2' });
    });
    after(async () => {
      await scene.build.deleteImage(src);
      await nothingIsLeft(scene.cloud, 30_000);
    });

    const ready = async (): Promise<{ status: number; reasons: string[] }> => {
      const { status, json } = await scene.ask({ at: `${scene.cloud.json.clcUrl}/readyz`, as: null });
      return { status, reasons: (json['reasons'] as string[] | undefined) ?? [] };
    };
    const isReadyAgain = () => eventually('the CLC is ready again', async () => (await ready()).status === 200, 60_000);
    const quick = async (asked: Ask): Promise<Answer> => {
      const answer = await scene.ask(asked);
      assert.ok(answer.tookMs < QUICK_MS, `${asked.method ?? 'GET'} ${asked.at} took ${Math.round(answer.tookMs)} ms: ${answer.status}`);
      return answer;
    };

    it('the blocked broker: steps are taken and committed, /readyz says why nothing moves, and all goes on by itself afterwards', async () => {
      const { rabbitmq } = scene.servers;
      const other = await scene.build.begin(src);
      await scene.build.do(other.tid, 'prepare');
      await rabbitmq.raiseDiskAlarm();
      try {
        const begun = await quick({ method: 'POST', at: `/image/create/task/begin/${src}`, body: { name: 'while blocked' } });
        assert.equal(begun.status, 201, begun.text);
        const tid = begun.json['tid'] as string;
        assert.equal((await quick({ method: 'POST', at: `/image/create/task/prepare/${tid.replaceAll(':', '/')}`, body: {} })).status, 202);
        assert.equal((await quick({ method: 'POST', at: `/image/create/task/run/${other.tid.replaceAll(':', '/')}`, body: {} })).status, 202);
        // Asked twice it is refused, as at any other time: it was taken.
        assertProblem(await quick({ method: 'POST', at: `/image/create/task/run/${other.tid.replaceAll(':', '/')}`, body: {} }), 'run again', [409]);
        assert.equal((await quick({ at: '/tasks' })).status, 200);
        // A broker tells of its alarm when somebody publishes.
        await eventually('the CLC knows', async () => (await ready()).reasons.some((reason) => /bus: .*alarm/.test(reason)), 30_000);
        assert.equal((await ready()).status, 503);
        await eventually('the command waits in the outbox', async () => (await scene.rows('SELECT id FROM saga_outbox')).length > 0, 15_000);
        await rabbitmq.clearDiskAlarm();
        assert.equal((await scene.build.rests(tid)).state, 'prepared');
        assert.equal((await scene.build.rests(other.tid)).state, 'running');
        for (const done of [tid, other.tid]) await scene.build.do(done, 'delete');
      } finally {
        await rabbitmq.clearDiskAlarm();
      }
      await isReadyAgain();
    });

    const everything = (): Ask[] => [
      { at: '/images' }, { at: '/tasks' }, { at: '/status' }, { at: '/me' }, { at: '/nodes' }, { at: '/users' }, { method: 'POST', at: `/image/create/task/begin/${src}`, body: { name: 'x' } },
      { method: 'POST', at: '/images', body: { name: 'x', ostype: 'linux', usage: 'server', sizeBytes: 1000 } }, { method: 'POST', at: '/nodes/tokens', body: { role: 'nc' } },
      { method: 'POST', at: '/login', body: { user: scene.user.name, password: scene.user.password }, as: null },
    ];
    /** 503 with Retry-After, soon, on every route; and the daemons and guests do not mind. */
    async function allSay503(): Promise<void> {
      const answers = await Promise.all(everything().map(async (asked) => [asked, await quick(asked)] as const));
      for (const [asked, answer] of answers) {
        assertProblem(answer, asked.at, [503]);
        assert.equal(answer.json.code, 'DATABASE_UNAVAILABLE', answer.text);
        assert.ok(Number(answer.headers['retry-after']) > 0, asked.at);
      }
    }

    it('the database that is stopped: 503 with Retry-After within 6 s on every route, and all is there when it is back', async () => {
      const { mariadb } = scene.servers;
      const task = await scene.build.begin(src);
      await mariadb.kill();
      try {
        await allSay503();
        assert.equal((await quick({ at: `${scene.cloud.json.clcUrl}/livez`, as: null })).status, 200);
        const state = await ready();
        assert.equal(state.status, 503);
        assert.ok(state.reasons.some((reason) => reason.startsWith('database:')), state.reasons.join('; '));
        const { code, err } = await scene.edu('task', 'list');
        assert.equal(code, 6, err);
      } finally {
        await mariadb.restart();
      }
      await isReadyAgain();
      assert.equal((await scene.build.do(task.tid, 'prepare')).state, 'prepared');
      await scene.build.do(task.tid, 'delete');
    });

    it('the database that answers nothing any more: the same', async () => {
      const { mariadb } = scene.servers;
      process.kill(mariadb.pid, 'SIGSTOP');
      await eventually('every thread of the database stands still', () => threadStates(mariadb.pid).every((state) => state === 'T'), 10_000);
      try {
        await allSay503();
      } finally {
        process.kill(mariadb.pid, 'SIGCONT');
      }
      await isReadyAgain();
    });

    it('Redis that is stopped: everything works, only the bars jump', async () => {
      const { redis } = scene.servers;
      const { tid, dstImageId } = await scene.build.begin(src);
      await redis.kill();
      try {
        for (const [step, state] of [['prepare', 'prepared'], ['run', 'running'], ['stop', 'stopped'], ['submit', 'submitted']] as const) {
          const after = await scene.build.do(tid, step);
          assert.equal(after.state, state, after.message);
        }
        assert.equal((await ready()).status, 200);
        assert.equal((await quick({ at: '/status' })).status, 200);
        assert.equal((await scene.edu('task', 'show', tid)).code, 0);
      } finally {
        await redis.restart();
      }
      await scene.build.deleteImage(dstImageId);
    });
  });
}
