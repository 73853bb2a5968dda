// A transition of a plan is a compare-and-set: whoever was slower reads again and tries again. Used by the engine and the desk.
import { hasCode } from '@educloud/errors';

const RACES = 10;

export async function raced<T>(attempt: () => Promise<T>): Promise<T> {
  for (let race = 1; ; race++) {
    try {
      return await attempt();
    } catch (e) {
      if (!hasCode(e, 'CONFLICT') || race === RACES) throw e;
    }
  }
}
