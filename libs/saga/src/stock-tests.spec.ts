// The stock tests on a plan with every kind of job: apply, perform, remote, commit, and one after the commit.
import type { JobName } from '@educloud/contracts';
import type { PlanDefinition } from './interface.ts';
import { createMemorySagaStore, type MemoryTx } from './memory-store.ts';
import { stockSagaTests, type StockRig } from './stock-tests.ts';

interface Database { claims: string[]; versions: string[]; phase: string }
type Tx = MemoryTx<Database>;
const SUBJECT = 'img-00000001:img-00000002:ins-00000003';
const SHA = 'a'.repeat(64);
const params = (job: string) => () => ({ insId: job });

const ensure = (list: string[], thing: string): void => void (list.includes(thing) || list.push(thing));
const without = (list: string[], thing: string): void => void (list.includes(thing) && list.splice(list.indexOf(thing), 1));

function everyKind(portal: Set<string>): PlanDefinition<Tx, { phase: string }> {
  return {
    name: 'every-kind',
    load: async (tx) => ({ phase: tx.state.phase }),
    jobs: [
      { name: 'placeInstance', apply: async (tx) => (ensure(tx.state.claims, 'disk'), { ccId: 'cc-1', ncId: 'nc-1' }), undo: async (tx) => without(tx.state.claims, 'disk'), deadlineMs: 5000 },
      { name: 'cacheImage', target: (_ctx, r) => (r.placeInstance as { ccId: string }).ccId, params: params('cache'), undo: 'remote', deadlineMs: 60_000 },
      { name: 'fetchImage', target: () => 'nc-1', params: params('fetch'), undo: 'remote', deadlineMs: 60_000, retryFrom: 'cacheImage' },
      { name: 'claimCompute', perform: async () => (portal.add('compute'), {}), undo: async () => void portal.delete('compute'), deadlineMs: 10_000 },
      { name: 'flattenDisk', target: () => 'nc-1', params: params('flatten'), undo: 'remote', deadlineMs: 60_000 },
      { name: 'registerVersion', apply: async (tx) => (ensure(tx.state.versions, SHA), {}), deadlineMs: 5000, commit: true },
      { name: 'discardInstance', target: () => 'nc-1', params: params('discard'), deadlineMs: 600_000 },
    ],
    onStart: async (tx) => void (tx.state.phase = 'preparing'),
    onUnwinding: async (tx) => void (tx.state.phase = 'unwinding'),
    onDone: async (tx) => void (tx.state.phase = 'submitted'),
    onFailed: async (tx) => void (tx.state.phase = 'new'),
    onStuck: async (tx) => void (tx.state.phase = 'stuck'),
  };
}

function setUp(portal: Set<string>): StockRig<Tx> {
  portal.clear();
  const store = createMemorySagaStore<Database>({ claims: [], versions: [], phase: 'new' });
  const files = new Set<string>();
  return {
    store,
    world: {
      do(job: JobName, _params, daemon) {
        if (job === 'discardInstance') files.clear();
        else files.add(`${job}@${daemon}`);
        return job === 'flattenDisk' ? { sha256: SHA, sizeBytes: 1, virtualSizeBytes: 2 } : {};
      },
      undo: (job, _params, daemon) => void files.delete(`${job}@${daemon}`),
    },
    things: () => ({ files: [...files].sort(), portal: [...portal].sort(), database: store.rows().state, outbox: store.rows().outbox }),
  };
}

const portal = new Set<string>();
stockSagaTests('a plan with every kind of job', { plan: everyKind(portal), subject: SUBJECT, setUp: () => setUp(portal) });
