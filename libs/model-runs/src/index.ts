// How long the tests play that try random histories. Each names what fits into a daily run; EDUCLOUD_MODEL_RUNS=50 makes it fifty times
// as much. Only specs and tests import this.

/** 1 in a daily run. */
export const MODEL_RUNS: number = factorOf(process.env['EDUCLOUD_MODEL_RUNS']);

/** For `numRuns` of fast-check. */
export const modelRuns = (daily: number): number => Math.max(1, Math.round(daily * MODEL_RUNS));

/** For mocha: what a suite may take grows with the runs. */
export const modelTimeoutMs = (dailyMs: number): number => Math.ceil(dailyMs * Math.max(1, MODEL_RUNS));

function factorOf(text: string | undefined): number {
  if (text === undefined || text === '') return 1;
  const factor = Number(text);
  if (!(factor > 0 && factor <= 1e6)) throw new Error(`EDUCLOUD_MODEL_RUNS is ${text}; a number above 0 is needed, e.g. 50`);
  return factor;
}
