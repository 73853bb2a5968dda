// What the kill tests on fakes share: five real processes on private real servers, only the guests are fake; and what a person does there.
import { randomBytes } from 'node:crypto';
import assert from 'node:assert/strict';
import { chmod, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TaskView } from '@educloud/contracts';
import { startCloud, type Cloud } from '../../../tools/cloud/start.ts';
import { builderOf, type Builder } from '../../support/build-flow.ts';
import { keepLogs } from '../../support/keep-logs.ts';
import { allowStart, freshDatabase, freshRedis, freshVhost } from '../../support/servers.ts';

export type Step = 'prepare' | 'run' | 'stop' | 'submit';
export const STEPS: readonly Step[] = ['prepare', 'run', 'stop', 'submit'];
export const RESTS_AT: Record<Step, string> = { prepare: 'preparing/prepared', run: 'editing/running', stop: 'editing/stopped', submit: 'submitted/submitted' };

/** Where a daemon dies: before and after the effect of that job. */
export const points = (job: string, op: 'do' | 'undo' = 'do'): string[] => [`${job}:${op}:before`, `${job}:${op}:after`];
export const at = (task: TaskView): string => `${task.phase}/${task.state}`;

/** A line for each time the node was told to switch itself off. */
const POWERED_OFF = 'powered-off';

export interface KillScene {
  readonly cloud: Cloud;
  readonly user: Builder;
  /** How often the node has switched itself off, had it been a machine. */
  poweredOff(): Promise<number>;
  /** An image nobody has in a cache yet, and a task that builds from it. */
  begin(): Promise<TaskView>;
  diskOf(task: TaskView): string;
  /** What a person would edit in the guest; what must be found in the new image. */
  edit(task: TaskView): Promise<Buffer>;
  holdsTheEdit(task: TaskView, marker: Buffer): Promise<void>;
}

/** To be called in a `describe`: one cloud for all tests of it. `accessIp`: where ports of its node's guests are reached. */
export function killScene({ accessIp }: { accessIp?: string | undefined } = {}): KillScene {
  let dir = '';
  let cloud: Cloud;
  let user: Builder;
  let images = 0;

  before(async function () {
    allowStart(this);
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-kill-'));
    await chmod(dir, 0o755);
    const [amqpUrl, clusterAmqpUrl, dbUrl, redisUrl] = await Promise.all([freshVhost(), freshVhost(), freshDatabase(), freshRedis()]);
    cloud = await startCloud({ dir: path.join(dir, 'cloud'), mode: 'distributed', hypervisor: 'fake', servers: { amqpUrl, clusterAmqpUrl, dbUrl, redisUrl, libvirtUri: null }, overrides: { cc: { wakeAddresses: ['127.0.0.1'] }, nc: { powerOffCommand: ['sh', '-c', `echo off >>'${path.join(dir, POWERED_OFF)}'`], ...(accessIp ? { network: { accessIp } } : {}) } } });
    user = await builderOf(cloud);
  });
  after(async function () {
    this.timeout(60_000);
    await cloud?.stop();
    keepLogs(this.test?.parent, path.join(dir, 'cloud'));
    await rm(dir, { recursive: true, force: true });
  });

  const diskOf = (task: TaskView): string => path.join(cloud.layout.data('nc'), 'instances', task.insId, 'disk.qcow2');
  return {
    get cloud() { return cloud; },
    get user() { return user; },
    diskOf,
    poweredOff: async () => (await readFile(path.join(dir, POWERED_OFF), 'utf8').catch(() => '')).split('\n').length - 1,
    async begin() {
      const file = path.join(dir, `source-${++images}.raw`);
      await writeFile(file, randomBytes(512 * 1024));
      const src = await user.upload(file, { name: `source-${images}`, format: 'raw' });
      await rm(file);
      return user.begin(src);
    },
    async edit(task) {
      const marker = Buffer.from(`edited by ${task.insId} ${randomBytes(8).toString('hex')}`);
      const disk = await open(diskOf(task), 'r+');
      await disk.write(marker, 0, marker.length, (await disk.stat()).size - 4096);
      await disk.sync();
      await disk.close();
      return marker;
    },
    async holdsTheEdit(task, marker) {
      const bytes = await readFile(path.join(cloud.layout.data('walrus'), 'images', `${task.dstImageId}.v${task.dstVersion}.qcow2`));
      assert.ok(bytes.includes(marker), 'the submitted image does not hold what was edited');
    },
  };
}
