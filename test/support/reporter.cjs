// Mocha's spec reporter, which also leaves counts, what failed and the slowest tests for tools/test.ts in the file named by EDUCLOUD_COUNTS.
const fs = require('node:fs');
const Mocha = require('mocha');

const SLOWEST = 10;
/** Of an error: enough to begin with; the rest stands where it was said first. */
const WHY_LINES = 12;

module.exports = class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    const broken = [];
    const times = [];
    runner.on('pending', (test) => skipped.push(test.fullTitle()));
    runner.on('fail', (test, error) => broken.push({ title: test.fullTitle(), why: String(error?.stack ?? error).split('\n').slice(0, WHY_LINES).join('\n') }));
    runner.on('test end', (test) => times.push({ title: test.fullTitle(), ms: test.duration ?? 0 }));
    runner.on('hook end', (hook) => times.push({ title: `${hook.parent?.fullTitle() ?? ''} ${hook.title}`, ms: hook.duration ?? 0 }));
    runner.once('end', () => {
      const file = process.env.EDUCLOUD_COUNTS;
      const slowest = times.sort((a, b) => b.ms - a.ms).slice(0, SLOWEST);
      if (file) fs.writeFileSync(file, JSON.stringify({ passed: this.stats.passes, failed: this.stats.failures, broken, skipped, slowest }));
    });
  }
};
