// The life of an image build: phases, states, and the one table of what may follow what.
import { z } from 'zod';

export const PHASES = ['preparing', 'editing', 'submitting', 'submitted'] as const;
export const Phase = z.enum(PHASES);
export type Phase = z.infer<typeof Phase>;

export const TASK_STATES = [
  'pending', 'downloading', 'cloning', 'prepared',
  'booting', 'running', 'stopping', 'stopped',
  'uploading', 'registering', 'submitted',
  'failed', 'cancelling', 'cancelled', 'deleted', 'unwinding', 'stuck',
] as const;
export const TaskState = z.enum(TASK_STATES);
export type TaskState = z.infer<typeof TaskState>;

export const VmStatus = z.enum(['init', 'running', 'stopping', 'stopped']);
export type VmStatus = z.infer<typeof VmStatus>;

export type PhaseState = `${Phase}/${TaskState}`;

/** Everything that may follow a state. A change that is not here is refused by the store. */
export const TRANSITIONS: Readonly<Record<string, readonly PhaseState[]>> = {
  'preparing/pending': ['preparing/downloading', 'preparing/cloning', 'preparing/unwinding', 'preparing/failed', 'preparing/cancelling'],
  'preparing/downloading': ['preparing/cloning', 'preparing/prepared', 'preparing/unwinding', 'preparing/failed', 'preparing/cancelling'],
  'preparing/cloning': ['preparing/downloading', 'preparing/prepared', 'preparing/unwinding', 'preparing/failed', 'preparing/cancelling'],
  'preparing/prepared': ['editing/booting', 'preparing/cancelling'],
  'preparing/unwinding': ['preparing/failed', 'preparing/stuck', 'preparing/cancelling'],
  'preparing/failed': ['preparing/pending', 'preparing/downloading', 'preparing/cancelling', 'preparing/deleted'],
  'preparing/stuck': ['preparing/unwinding', 'preparing/failed', 'preparing/cancelling'],
  'editing/booting': ['editing/running', 'editing/stopped', 'preparing/prepared', 'editing/unwinding', 'editing/cancelling'],
  'editing/running': ['editing/stopping', 'editing/stopped', 'editing/cancelling'],
  'editing/stopping': ['editing/stopped', 'editing/running', 'editing/cancelling'],
  'editing/stopped': ['editing/booting', 'submitting/uploading', 'editing/cancelling'],
  'editing/unwinding': ['editing/stopped', 'preparing/prepared', 'editing/stuck', 'editing/cancelling'],
  'editing/stuck': ['editing/unwinding', 'editing/stopped', 'editing/cancelling'],
  'submitting/uploading': ['submitting/registering', 'submitting/unwinding', 'editing/stopped', 'submitting/cancelling'],
  'submitting/registering': ['submitted/submitted', 'submitting/unwinding', 'editing/stopped'],
  'submitting/unwinding': ['editing/stopped', 'submitting/stuck', 'submitting/cancelling'],
  'submitting/stuck': ['submitting/unwinding', 'editing/stopped', 'submitting/cancelling'],
  'submitted/submitted': ['submitted/deleted'],
  'preparing/cancelling': ['preparing/cancelled', 'preparing/deleted', 'preparing/stuck'],
  'editing/cancelling': ['editing/cancelled', 'editing/deleted', 'editing/stuck'],
  'submitting/cancelling': ['submitting/cancelled', 'submitting/deleted', 'submitting/stuck'],
  'preparing/cancelled': ['preparing/deleted'],
  'editing/cancelled': ['editing/deleted'],
  'submitting/cancelled': ['submitting/deleted'],
  'preparing/deleted': [],
  'editing/deleted': [],
  'submitting/deleted': [],
  'submitted/deleted': [],
};

export const mayFollow = (from: PhaseState, to: PhaseState): boolean => from === to || (TRANSITIONS[from] ?? []).includes(to);

/** The steps a person can ask for. `begin` makes the task and is not among them. */
export const STEPS = ['prepare', 'run', 'stop', 'submit', 'retry', 'cancel', 'delete'] as const;
export const Step = z.enum(STEPS);
export type Step = z.infer<typeof Step>;

/** Which steps are allowed in which state; the 409 of a refused step prints this list. */
const ALLOWED: Readonly<Record<string, readonly Step[]>> = {
  'preparing/pending': ['prepare', 'cancel', 'delete'],
  'preparing/prepared': ['run', 'cancel', 'delete'],
  'preparing/failed': ['prepare', 'retry', 'cancel', 'delete'],
  'editing/booting': ['cancel', 'delete'],
  'editing/running': ['stop', 'cancel', 'delete'],
  'editing/stopping': ['cancel', 'delete'],
  'editing/stopped': ['run', 'submit', 'cancel', 'delete'],
  'submitted/submitted': ['delete'],
  'submitting/registering': [],
};

/**
 * @param failedStep the step whose failure the task still shows, if any: `retry` repeats it.
 */
export function allowedSteps(at: { phase: Phase; state: TaskState; failedStep?: Step | null }): Step[] {
  if (at.state === 'cancelled') return ['delete'];
  if (at.state === 'deleted' || at.state === 'cancelling') return [];
  if (at.state === 'stuck') return ['retry', 'cancel', 'delete'];
  const key = `${at.phase}/${at.state}`;
  const allowed = [...(ALLOWED[key] ?? ['cancel', 'delete'])];
  // A guest that stopped by itself has nothing left of a failed stop to repeat.
  if (at.failedStep && allowed.includes(at.failedStep) && !allowed.includes('retry')) allowed.push('retry');
  return allowed;
}

const FINAL: ReadonlySet<TaskState> = new Set(['submitted', 'failed', 'cancelled', 'deleted']);
/** Nothing happens any more by itself, and nobody waits for a person either. */
export const isFinal = (state: TaskState): boolean => FINAL.has(state);

const RESTING: ReadonlySet<TaskState> = new Set(['prepared', 'running', 'stopped', 'submitted', 'failed', 'cancelled', 'deleted', 'stuck']);
/** No step is under way: what `--wait` waits for. `pending` is not among them: it rests before the first prepare only, and the state alone does not tell. */
export const isResting = (state: TaskState): boolean => RESTING.has(state);
