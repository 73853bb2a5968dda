// The table of an instance's states is small: it is looked at whole.
import assert from 'node:assert/strict';
import { allowedActions, hasScreen, INSTANCE_TRANSITIONS, mayBecome, standAt, standOf, statusOf, TASK_WORDS, VM_STATES, type InstanceAction, type InstanceAt } from './instance-states.ts';

const KNOWN = Object.keys(INSTANCE_TRANSITIONS) as InstanceAt[];
const next = (at: InstanceAt): readonly InstanceAt[] => INSTANCE_TRANSITIONS[at] ?? [];
const reach = (from: InstanceAt): Set<InstanceAt> => {
  const seen = new Set<InstanceAt>([from]);
  for (const at of seen) for (const to of next(at)) seen.add(to);
  return seen;
};
/** Where an action begins. */
const BEGINS: Record<Exclude<InstanceAction, 'modify' | 'extend'>, (vm: string) => string[]> = {
  run: (vm) => (vm === 'initialized' ? ['initialized/scheduling'] : [`${vm}/spawning`, `${vm}/scheduling`, `${vm}/resetting`]),
  stop: (vm) => [`${vm}/powering-off`], reboot: (vm) => [`${vm}/rebooting`], pause: (vm) => [`${vm}/pausing`], unpause: (vm) => [`${vm}/unpausing`], suspend: (vm) => [`${vm}/suspending`], resume: (vm) => [`${vm}/resuming`],
  reset: (vm) => [`${vm}/resetting`], delete: (vm) => [`${vm}/deleting`],
};

describe('the states of an instance', () => {
  it('lead to no state that the table does not know', () => assert.deepEqual(KNOWN.flatMap((at) => next(at).filter((to) => !KNOWN.includes(to))), []));
  it('can all be reached from its definition', () => assert.deepEqual(KNOWN.filter((at) => !reach('initialized/-').has(at)), []));
  it('can all end in its deletion, and deletion is the end', () => {
    assert.deepEqual(KNOWN.filter((at) => !reach(at).has('deleted/-')), []);
    assert.deepEqual(next('deleted/-'), []);
  });
  it('rest only where nothing is under way, or where a daemon is waited for', () => {
    for (const at of KNOWN) if (standAt(at).taskState !== null) assert.ok(next(at).length > 0, at);
  });
  it('come back from every task to a rest', () => {
    const rests = (at: InstanceAt): boolean => [...reach(at)].some((to) => standAt(to).taskState === null);
    assert.deepEqual(KNOWN.filter((at) => !rests(at)), []);
  });
  it('may stay as they are', () => assert.deepEqual(KNOWN.filter((at) => !mayBecome(at, at)), []));
  it('are written and read alike', () => assert.deepEqual(KNOWN.filter((at) => standOf(standAt(at)) !== at), []));
  it('allow only what the table lets begin', () => {
    for (const at of KNOWN) {
      const stand = standAt(at);
      for (const action of allowedActions(stand)) {
        if (action === 'modify' || action === 'extend') continue;
        const begins = stand.taskState === null || action === 'delete' ? BEGINS[action](stand.vmState) : [];
        assert.ok(begins.every((to) => next(at).includes(to as InstanceAt)), `${action} at ${at}`);
      }
    }
  });
  it('let everything be deleted at any moment but while it is being deleted', () => {
    assert.deepEqual(KNOWN.filter((at) => !allowedActions(standAt(at)).includes('delete')).sort(), KNOWN.filter((at) => at === 'deleted/-' || at.endsWith('/deleting')).sort());
  });
  it('have a status each, ERROR wherever help is needed', () => {
    for (const vmState of VM_STATES) for (const taskState of [null, ...TASK_WORDS]) assert.ok(statusOf({ vmState, taskState }));
    assert.deepEqual(KNOWN.filter((at) => at.endsWith('/stuck')).map((at) => statusOf(standAt(at))).filter((word) => word !== 'ERROR'), []);
    assert.equal(statusOf(standAt('initialized/cloning')), 'BUILD');
    assert.equal(statusOf(standAt('stopped/-')), 'SHUTOFF');
    assert.equal(statusOf(standAt('active/rebooting')), 'REBOOT');
  });
  it('have a screen where a guest is', () => {
    assert.deepEqual(KNOWN.filter((at) => hasScreen(standAt(at)) && !at.startsWith('active/') && !at.startsWith('paused/')), []);
  });
});
