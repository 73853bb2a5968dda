import assert from 'node:assert/strict';
import { allowedSteps, isFinal, isResting, mayFollow, PHASES, STEPS, TASK_STATES, TRANSITIONS, type Phase, type PhaseState, type Step, type TaskState } from './phases.ts';

const ALL = Object.keys(TRANSITIONS) as PhaseState[];
const split = (at: PhaseState): { phase: Phase; state: TaskState } => {
  const [phase, state] = at.split('/') as [Phase, TaskState];
  return { phase, state };
};
const after = (from: PhaseState): readonly PhaseState[] => TRANSITIONS[from] ?? [];
/** Everywhere one can get from there, not by way of `without`. */
const reachable = (from: PhaseState, without: (at: PhaseState) => boolean = () => false): Set<PhaseState> => {
  const found = new Set<PhaseState>([from]);
  for (const at of found) for (const next of after(at)) if (!without(next)) found.add(next);
  return found;
};

// The table is small: every state and every step is looked at, nothing is left to chance.
describe('the table of what may follow what', () => {
  it('names only phases and states that exist, and has a line for each that it names', () => {
    for (const at of new Set([...ALL, ...ALL.flatMap(after)])) {
      const { phase, state } = split(at);
      assert.ok(PHASES.includes(phase) && TASK_STATES.includes(state) && at in TRANSITIONS, at);
    }
  });
  it('has no state that a new task cannot come to', () => {
    assert.deepEqual(ALL.filter((at) => !reachable('preparing/pending').has(at)), []);
  });
  it('leads from everywhere to an end', () => {
    assert.deepEqual(ALL.filter((at) => ![...reachable(at)].some((end) => split(end).state === 'deleted')), []);
  });
  it('lets nothing bring back what was cancelled, deleted or submitted', () => {
    for (const at of ALL) {
      const { phase, state } = split(at);
      if (state === 'deleted') assert.deepEqual(after(at), [], at);
      if (state === 'cancelled' || state === 'submitted') assert.deepEqual(after(at), [`${phase}/deleted`], at);
    }
  });
  it('lets a late word of a guest or a daemon not overtake a cancel', () => {
    for (const at of ALL.filter((each) => split(each).state === 'cancelling')) {
      const { phase } = split(at);
      assert.deepEqual([...after(at)].sort(), [`${phase}/cancelled`, `${phase}/deleted`, `${phase}/stuck`], at);
    }
  });
  it('lets a cancel in from everywhere but the moments of registering, and the ends', () => {
    const without = ALL.filter((at) => !after(at).some((next) => split(next).state === 'cancelling')).map(split);
    assert.deepEqual(without.filter(({ state }) => !['registering', 'submitted', 'cancelled', 'deleted', 'cancelling'].includes(state)), []);
  });
  it('never goes from an edited disk back to preparing one', () => {
    const lost = reachable('editing/stopped', (at) => at === 'preparing/prepared');
    assert.deepEqual([...lost].filter((at) => split(at).phase === 'preparing'), []);
    assert.deepEqual(ALL.filter((at) => after(at).includes('preparing/prepared') && split(at).phase !== 'preparing'), ['editing/booting', 'editing/unwinding']);
  });
  it('lets every state follow itself, and nothing that is not in it', () => {
    for (const from of ALL) for (const to of ALL) assert.equal(mayFollow(from, to), from === to || after(from).includes(to), `${from} → ${to}`);
  });
  it('calls resting what ends a step, and every final state too', () => {
    for (const state of TASK_STATES) if (isFinal(state)) assert.ok(isResting(state), state);
    for (const state of ['downloading', 'cloning', 'booting', 'stopping', 'uploading', 'registering', 'cancelling', 'unwinding'] as const) assert.ok(!isResting(state) && !isFinal(state), state);
  });
});

describe('the steps that are offered', () => {
  const BEGINS: Record<Exclude<Step, 'retry'>, (at: PhaseState) => PhaseState[]> = {
    prepare: () => ['preparing/pending'],
    run: () => ['editing/booting'],
    stop: () => ['editing/stopping'],
    submit: () => ['submitting/uploading'],
    cancel: (at) => [`${split(at).phase}/cancelling`],
    delete: (at) => [`${split(at).phase}/cancelling`, `${split(at).phase}/deleted`],
  };
  it('lead somewhere by the table', () => {
    for (const at of ALL) {
      for (const step of allowedSteps(split(at))) {
        if (step !== 'retry') assert.ok(BEGINS[step](at).some((to) => mayFollow(at, to)), `${step} at ${at}`);
      }
    }
  });
  it('R103 include a retry only of a step that is possible there', () => {
    for (const at of ALL) {
      // Preparing fails by a prepare alone.
      for (const failedStep of at === 'preparing/failed' ? (['prepare'] as const) : STEPS) {
        const steps = allowedSteps({ ...split(at), failedStep });
        if (steps.includes('retry') && split(at).state !== 'stuck') assert.ok(steps.includes(failedStep), `retry of ${failedStep} at ${at}, where ${steps.join()} are possible`);
      }
    }
  });
  it('are none once the task is deleted, and nothing but delete once it is cancelled or submitted', () => {
    for (const at of ALL) {
      const { state } = split(at);
      if (state === 'deleted') assert.deepEqual(allowedSteps(split(at)), [], at);
      if (state === 'cancelled' || state === 'submitted') assert.deepEqual(allowedSteps(split(at)), ['delete'], at);
    }
  });
});
