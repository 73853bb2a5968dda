import { modelRuns, modelTimeoutMs } from '@educloud/model-runs';
import { createMemorySagaStore, type MemoryTx } from './memory-store.ts';
import { playSagaModel, type ModelRig } from './stock-model.ts';

type Things = { things: string[] };

function memoryRig(): ModelRig<MemoryTx<Things>> {
  const store = createMemorySagaStore<Things>({ things: [] });
  return {
    store,
    ensure: async (tx, thing) => void (tx.state.things.includes(thing) || tx.state.things.push(thing)),
    remove: async (tx, thing) => { tx.state.things = tx.state.things.filter((t) => t !== thing); },
    has: async (thing) => store.rows().state.things.includes(thing),
    close: async () => undefined,
  };
}

describe('the saga engine in any history', function () {
  this.timeout(modelTimeoutMs(20_000));
  it('ends every plan, undoes in reverse, leaves nothing behind, keeps what has ended, and takes no writes of an engine that was replaced', () =>
    playSagaModel({ rig: memoryRig, numRuns: modelRuns(250), maxSteps: 40 }));
});
