// The life of an instance, in the words of OpenStack's Nova: what the machine is (vmState) and what is being done with it (taskState),
// and the one table of what may follow what. What people see as its status is a function of both.
import { z } from 'zod';

/** `initialized`: defined, nothing of it is on a node. */
export const VM_STATES = ['initialized', 'active', 'paused', 'suspended', 'stopped', 'error', 'deleted'] as const;
export const VmState = z.enum(VM_STATES);
export type VmState = z.infer<typeof VmState>;

/** `resetting`: its disk is being thrown away. `stuck`: a daemon is waited for. */
export const TASK_WORDS = [
  'scheduling', 'downloading', 'cloning', 'spawning', 'powering-off', 'rebooting', 'pausing', 'unpausing', 'suspending', 'resuming', 'resetting', 'deleting', 'unwinding', 'stuck',
] as const;
export const InstanceTask = z.enum(TASK_WORDS);
export type InstanceTask = z.infer<typeof InstanceTask>;

/** `-`: nothing is being done with it. */
export type InstanceAt = `${VmState}/${InstanceTask | '-'}`;
export interface InstanceStand { vmState: VmState; taskState: InstanceTask | null }
export const standOf = ({ vmState, taskState }: InstanceStand): InstanceAt => `${vmState}/${taskState ?? '-'}`;
export function standAt(at: InstanceAt): InstanceStand {
  const [vmState, task] = at.split('/') as [VmState, InstanceTask | '-'];
  return { vmState, taskState: task === '-' ? null : task };
}

type Rows = Partial<Record<InstanceAt, readonly InstanceAt[]>>;

/** Every deletion, from wherever it begins. */
const deletion = (vm: VmState): Rows => ({
  [`${vm}/deleting`]: ['deleted/-', `${vm}/stuck`],
});

/** A start from a machine that is off: with its disk at once, else by making one. A failure undoes what was made. */
const start = (vm: 'initialized' | 'stopped' | 'error'): Rows => ({
  [`${vm}/scheduling`]: [`${vm}/downloading`, `${vm}/cloning`, `${vm}/unwinding`, `${vm}/deleting`, 'error/-'],
  [`${vm}/downloading`]: [`${vm}/cloning`, `${vm}/unwinding`, `${vm}/deleting`, 'error/-'],
  [`${vm}/cloning`]: [`${vm}/downloading`, `${vm}/spawning`, `${vm}/unwinding`, `${vm}/deleting`, 'error/-'],
  [`${vm}/spawning`]: ['active/-', `${vm}/unwinding`, `${vm}/deleting`, 'error/-'],
  [`${vm}/unwinding`]: ['error/-', `${vm}/stuck`, `${vm}/deleting`],
});

/** Its disk is thrown away: by a reset, at the end of a temporary one, before an assigned one starts. */
const throwAway = (vm: 'initialized' | 'stopped' | 'error'): Rows => ({
  [`${vm}/resetting`]: ['initialized/-', `${vm}/scheduling`, `${vm}/stuck`, `${vm}/unwinding`, `${vm}/deleting`, 'error/-'],
});

/** Everything that may follow a stand. A change that is not here is refused by the store. */
export const INSTANCE_TRANSITIONS: Readonly<Rows> = {
  'initialized/-': ['initialized/scheduling', 'initialized/resetting', 'initialized/deleting', 'deleted/-'],
  'stopped/-': ['stopped/spawning', 'stopped/scheduling', 'stopped/resetting', 'stopped/deleting'],
  'error/-': ['error/spawning', 'error/scheduling', 'error/resetting', 'error/deleting'],
  ...start('initialized'), ...start('stopped'), ...start('error'),
  // One with a data disk has a node, on which an earlier system disk may still lie.
  ...throwAway('initialized'), ...throwAway('stopped'), ...throwAway('error'),
  'active/-': ['active/powering-off', 'active/rebooting', 'active/pausing', 'active/suspending', 'active/deleting', 'stopped/-', 'error/-'],
  'paused/-': ['paused/powering-off', 'paused/unpausing', 'paused/suspending', 'paused/deleting', 'stopped/-', 'error/-'],
  'active/powering-off': ['stopped/-', 'stopped/resetting', 'active/-', 'active/deleting'],
  'paused/powering-off': ['stopped/-', 'stopped/resetting', 'paused/-', 'paused/deleting'],
  // Its node was switched off meanwhile: it is off, or, a temporary one, at its end.
  'active/rebooting': ['active/-', 'stopped/-', 'active/powering-off', 'active/deleting'],
  'active/pausing': ['paused/-', 'active/-', 'stopped/-', 'active/powering-off', 'active/deleting'],
  'paused/unpausing': ['active/-', 'paused/-', 'stopped/-', 'paused/powering-off', 'paused/deleting'],
  // Its memory is on its node's disk, and nothing of it runs.
  'suspended/-': ['suspended/powering-off', 'suspended/resuming', 'suspended/deleting'],
  'active/suspending': ['suspended/-', 'active/-', 'stopped/-', 'active/powering-off', 'active/deleting'],
  'paused/suspending': ['suspended/-', 'paused/-', 'stopped/-', 'paused/powering-off', 'paused/deleting'],
  // Off, when what was saved is not there any more.
  'suspended/resuming': ['active/-', 'suspended/-', 'stopped/-', 'suspended/deleting'],
  'suspended/powering-off': ['stopped/-', 'stopped/resetting', 'suspended/-', 'suspended/deleting'],
  'initialized/stuck': ['initialized/unwinding', 'initialized/deleting', 'error/-'],
  'stopped/stuck': ['stopped/unwinding', 'stopped/resetting', 'stopped/deleting', 'error/-'],
  'error/stuck': ['error/unwinding', 'error/resetting', 'error/deleting', 'error/-'],
  'active/stuck': ['active/deleting'],
  'paused/stuck': ['paused/deleting'],
  'suspended/stuck': ['suspended/deleting'],
  ...deletion('initialized'), ...deletion('stopped'), ...deletion('error'), ...deletion('active'), ...deletion('paused'), ...deletion('suspended'),
  'deleted/-': [],
};

export const mayBecome = (from: InstanceAt, to: InstanceAt): boolean => from === to || (INSTANCE_TRANSITIONS[from] ?? []).includes(to);

/** What a person can do with an instance that is defined. */
export const INSTANCE_ACTIONS = ['run', 'stop', 'reboot', 'pause', 'unpause', 'suspend', 'resume', 'extend', 'reset', 'modify', 'delete'] as const;
export const InstanceAction = z.enum(INSTANCE_ACTIONS);
export type InstanceAction = z.infer<typeof InstanceAction>;

const ALLOWED: Readonly<Record<VmState, readonly InstanceAction[]>> = {
  initialized: ['run', 'modify', 'delete'],
  active: ['stop', 'reboot', 'pause', 'suspend', 'extend', 'delete'],
  paused: ['unpause', 'suspend', 'stop', 'extend', 'delete'],
  suspended: ['resume', 'stop', 'delete'],
  stopped: ['run', 'reset', 'modify', 'delete'],
  error: ['run', 'reset', 'modify', 'delete'],
  deleted: [],
};

/** A local desktop is run by the hosts themselves. */
const OF_LOCAL: readonly InstanceAction[] = ['modify', 'delete'];

/** While something is under way only a deletion overtakes it, and one that is stuck may be asked for again. */
export function allowedActions({ vmState, taskState, kind }: InstanceStand & { kind?: string }): InstanceAction[] {
  if (kind === 'lvd') return ALLOWED[vmState].filter((action) => OF_LOCAL.includes(action));
  if (taskState === null) return [...ALLOWED[vmState]];
  return taskState === 'deleting' ? [] : ['delete'];
}

/** Nova's words, and DEFINED, which is ours: nothing of it is on a node yet. */
export const INSTANCE_STATUSES = ['DEFINED', 'BUILD', 'ACTIVE', 'PAUSED', 'SUSPENDED', 'SHUTOFF', 'REBOOT', 'ERROR', 'DELETED'] as const;
export const InstanceStatusWord = z.enum(INSTANCE_STATUSES);
export type InstanceStatusWord = z.infer<typeof InstanceStatusWord>;

const OF_VM: Readonly<Record<VmState, InstanceStatusWord>> = { initialized: 'DEFINED', active: 'ACTIVE', paused: 'PAUSED', suspended: 'SUSPENDED', stopped: 'SHUTOFF', error: 'ERROR', deleted: 'DELETED' };
const BUILDING: ReadonlySet<InstanceTask> = new Set(['scheduling', 'downloading', 'cloning', 'spawning']);

export function statusOf({ vmState, taskState }: InstanceStand): InstanceStatusWord {
  if (taskState === 'stuck') return 'ERROR';
  if (taskState === 'rebooting') return 'REBOOT';
  return taskState !== null && BUILDING.has(taskState) ? 'BUILD' : OF_VM[vmState];
}

/** Its guest is there and its screen can be opened. */
export const hasScreen = ({ vmState, taskState }: InstanceStand): boolean => (vmState === 'active' || vmState === 'paused') && taskState !== 'deleting' && taskState !== 'stuck';
