// The engine against random plans and a random world: answers of every kind, late, doubled and lost; cancels, deadlines, crashes at any
// step, and a replaced engine that does not know it yet. Test-only door: played by *.spec.ts on rows in memory and by test/contract on both databases.
import fc from 'fast-check';
import type { SagaTx } from './interface.ts';
import { ended, intact } from './stock-model/holds.ts';
import { healing, planPick, step, type Step } from './stock-model/picks.ts';
import { Play } from './stock-model/play.ts';
import type { ModelRig } from './stock-model/rig.ts';

export type { ModelRig } from './stock-model/rig.ts';

/** Plays random plans and histories. Throws with seed, path and the smallest history that fails. */
export async function playSagaModel<Tx extends { saga: SagaTx }>(options: { rig(): ModelRig<Tx> | Promise<ModelRig<Tx>>; numRuns: number; maxSteps: number }): Promise<void> {
  const command = (s: Step): fc.AsyncCommand<object, Play<Tx>> => ({
    check: () => true,
    run: async (_model, play) => {
      await play.take(s);
      await intact(play);
    },
    toString: () => JSON.stringify(s),
  });
  await fc.assert(fc.asyncProperty(planPick, fc.commands([step.map(command)], { maxCommands: options.maxSteps, size: 'max' }), healing, async (pick, steps, how) => {
    const play = new Play<Tx>(await options.rig(), pick);
    try {
      await play.begin();
      await fc.asyncModelRun(() => ({ model: {}, real: play }), steps);
      await play.heal(how);
      await ended(play);
    } finally {
      await play.close();
    }
  }), { numRuns: options.numRuns });
}
