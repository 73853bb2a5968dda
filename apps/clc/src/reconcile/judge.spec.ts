import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TASK_STATES, PHASES, VersionState, type HeldItem } from '@educloud/contracts';
import type { InstanceRow, TaskRow, VersionRow } from '../store/interface.ts';
import { judge, type Known } from './judge.ts';

const NC = { id: 'nc-00000001', role: 'nc' } as const;
const item = (set: Partial<HeldItem> = {}): HeldItem => ({ kind: 'instance', name: 'ins-00000001', sizeBytes: 1, holds: ['disk'], running: false, booted: false, ...set });
const instance = (set: Partial<InstanceRow> = {}): InstanceRow => ({ id: 'ins-00000001', ncId: NC.id, ccId: 'cc-00000001', deletedAt: null, firstBootAt: null, ...set }) as InstanceRow;
const known = (set: Partial<Known> = {}): Known => ({ instance: null, version: null, task: null, active: false, ...set });

describe('an orphan', () => {
  it('is what has no instance, or belongs to one that has ended, or elsewhere, or was left by a failed prepare', () => {
    assert.equal(judge(item(), NC, known())?.kept, null);
    assert.deepEqual(judge(item({ booted: true }), NC, known({ instance: instance({ deletedAt: 5 }) })), { why: { code: 'orphanEnded' }, kept: null, ended: true });
    assert.equal(judge(item(), NC, known({ instance: instance({ ncId: 'nc-00000002' }) }))?.kept, null);
    assert.equal(judge(item(), NC, known({ instance: instance(), task: { phase: 'preparing', state: 'failed' } as TaskRow }))?.kept, null);
  });
  it('is nothing that an instance here needs, and nothing while a step is under way', () => {
    assert.equal(judge(item({ booted: true }), NC, known({ instance: instance({ firstBootAt: 1 }) })), null);
    assert.equal(judge(item(), NC, known({ instance: instance(), task: { phase: 'preparing', state: 'prepared' } as TaskRow })), null);
    assert.equal(judge(item(), NC, known({ active: true })), null);
  });

  const anyItem = fc.record({ kind: fc.constantFrom('instance', 'upload', 'version', 'part'), name: fc.constant('ins-00000001'), sizeBytes: fc.nat(), holds: fc.constant([]), running: fc.boolean(), booted: fc.boolean() }) as fc.Arbitrary<HeldItem>;
  const anyKnown = fc.record({
    instance: fc.option(fc.record({ ncId: fc.constantFrom(null, NC.id, 'nc-00000002'), ccId: fc.constant('cc-00000001'), deletedAt: fc.constantFrom(null, 5) })),
    version: fc.option(fc.record({ state: fc.constantFrom(...VersionState.options), walrusId: fc.constantFrom(null, 'walrus-00000001') })),
    task: fc.option(fc.record({ phase: fc.constantFrom(...PHASES), state: fc.constantFrom(...TASK_STATES) })),
    active: fc.boolean(),
  }) as unknown as fc.Arbitrary<Known>;

  it('is never removed by itself when it may be the work of somebody: a disk that has booted goes only with an instance that has ended', () => {
    fc.assert(fc.property(anyItem, anyKnown, fc.constantFrom('nc', 'cc', 'walrus'), (held, about, role) => {
      const finding = judge(held, { id: `${role}-00000001`, role: role as 'nc' }, about);
      if (held.kind !== 'instance' || !(held.booted || held.running) || !finding || finding.kept !== null) return true;
      return about.instance !== null && (about.instance as InstanceRow).deletedAt !== null && finding.ended;
    }), { numRuns: 2000 });
  });
  it('is never the only copy of an image that this database does not know, nor one that is in its place', () => {
    fc.assert(fc.property(anyKnown, (about) => {
      const finding = judge(item({ kind: 'version', name: 'img-00000001.v1' }), { id: 'walrus-00000001', role: 'walrus' }, about);
      const version = about.version as VersionRow | null;
      if (about.active || (version?.state === 'available' && version.walrusId === 'walrus-00000001')) return finding === null;
      return version !== null || finding?.kept !== null;
    }), { numRuns: 1000 });
  });
});
