// An instance between its owner and a node that only answers: real commands, plans, engine and database, no daemon. Used by the
// instance-*.test.ts of the integration stage.
import assert from 'node:assert/strict';
import { DefineInstance, Envelope, inWords, StopBody, type InstanceAction, type JobName, type WireError } from '@educloud/contracts';
import { defineInstance } from '../../apps/clc/src/commands/instance/define.ts';
import { deleteInstance } from '../../apps/clc/src/commands/instance/delete.ts';
import { extendInstance } from '../../apps/clc/src/commands/instance/extend.ts';
import { pauseInstance } from '../../apps/clc/src/commands/instance/pause.ts';
import { rebootInstance } from '../../apps/clc/src/commands/instance/reboot.ts';
import { resetInstance } from '../../apps/clc/src/commands/instance/reset.ts';
import { resumeInstance } from '../../apps/clc/src/commands/instance/resume.ts';
import { runInstance } from '../../apps/clc/src/commands/instance/run.ts';
import { stopInstance } from '../../apps/clc/src/commands/instance/stop.ts';
import { suspendInstance } from '../../apps/clc/src/commands/instance/suspend.ts';
import { unpauseInstance } from '../../apps/clc/src/commands/instance/unpause.ts';
import { onInstanceStatus } from '../../apps/clc/src/status/instance-status.ts';
import type { UserInstanceRow } from '../../apps/clc/src/store/index.ts';
import { plansForEachTest, SOURCE, type ClcPlans } from './clc-plans.ts';
import { daemonRow } from './store-rows.ts';

export const NODE = daemonRow(1).id;
export const GIB = 2 ** 30;
/** What a node answers whose hypervisor does not do it. */
export const BROKEN: WireError = { code: 'HYPERVISOR_FAILED', message: 'libvirt refused', retryable: false };
export const STOP = StopBody.parse({});

/** The jobs of a run. */
export const FIRST = ['cacheImage', 'fetchImage', 'cloneDisk', 'startDomain'];
/** The node has the image from an earlier run. */
export const AGAIN = ['cloneDisk', 'startDomain'];
export const AWAY = ['discardInstance', 'discardStaging'];

type Action = Exclude<InstanceAction, 'modify'>;

export interface InstancePlansScene {
  define(set?: Partial<DefineInstance>): Promise<UserInstanceRow>;
  /** As it is when nothing moves by itself. */
  row(id: string): Promise<UserInstanceRow>;
  /** vmState/taskState */
  at(id: string): Promise<string>;
  /** What the ledger has promised to it. */
  claims(id: string): Promise<string[]>;
  /** Each action as its owner asks for it; nothing is answered. */
  ask: Record<Action, (id: string) => Promise<unknown>>;
  /** The action with good answers to all that is asked; returns what was asked. */
  act(id: string, action: Action): Promise<JobName[]>;
  running(set?: Partial<DefineInstance>): Promise<string>;
  /** Its node says this of it. */
  report(said: Record<string, unknown>): Promise<void>;
  tell(id: string, vmstatus: string, reason: string): Promise<void>;
}

/** To be called in a `describe`: each test has plans of its own, told to `have`. */
export function instancePlansScene(have: (plans: ClcPlans) => void): InstancePlansScene {
  let clc: ClcPlans;
  plansForEachTest((plans) => have(clc = plans));
  let seq = 0;
  const scene: InstancePlansScene = {
    define: async (set = {}) => defineInstance(clc.deps, DefineInstance.parse({ name: 'desk', imageId: SOURCE, ...set }), 'anna'),
    async row(id) {
      await clc.sent();
      return (await clc.deps.store.read.userInstances.userInstance(id)) as UserInstanceRow;
    },
    async at(id) {
      const { vmState, taskState } = await scene.row(id);
      return `${vmState}/${taskState ?? '-'}`;
    },
    async claims(id) {
      const { ledger } = clc.deps.store.read;
      return (await Promise.all((['disk', 'data', 'saved', 'compute'] as const).map(async (kind) => ((await ledger.claimOf(id, kind)) ? kind : '')))).filter((kind) => kind !== '');
    },
    ask: {
      run: (id) => runInstance(clc.deps, id), stop: (id) => stopInstance(clc.deps, id, STOP), reboot: (id) => rebootInstance(clc.deps, id, STOP), pause: (id) => pauseInstance(clc.deps, id),
      unpause: (id) => unpauseInstance(clc.deps, id), suspend: (id) => suspendInstance(clc.deps, id), resume: (id) => resumeInstance(clc.deps, id), extend: (id) => extendInstance(clc.deps, id, { minutes: 60 }), reset: (id) => resetInstance(clc.deps, id, { data: false }), delete: (id) => deleteInstance(clc.deps, id),
    },
    async act(id, action) {
      await scene.ask[action](id);
      return (await clc.answerAll()).map((sent) => `${sent.op === 'undo' ? 'undo of ' : ''}${sent.job}` as JobName);
    },
    async running(set = {}) {
      const { id } = await scene.define(set);
      await scene.act(id, 'run');
      assert.equal(await scene.at(id), 'active/-', inWords((await scene.row(id)).message, 'en'));
      return id;
    },
    async report(said) {
      seq += 1;
      await onInstanceStatus(clc.deps, Envelope.parse({ v: 1, id: `m${seq}`, name: 'insstatus', seq, source: { node: NODE, epoch: 1 }, body: { full: false, instances: [said] } }));
    },
    tell: (id, vmstatus, reason) => scene.report({ insId: id, vmstatus, reason }),
  };
  return scene;
}
