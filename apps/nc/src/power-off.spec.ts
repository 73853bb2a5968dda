import assert from 'node:assert/strict';
import { silentLog } from '@educloud/log';
import { createIdleOff, runPowerOff } from './power-off.ts';

describe('switching a host off', () => {
  it('happens by itself when nobody has worked there for so long, counted anew after each work', async () => {
    let now = 0;
    let idle = true;
    let times = 0;
    const off = createIdleOff({ minutes: 10, idle: () => idle, monotonic: () => now, powerOff: async () => void (times += 1), log: silentLog() });
    const pass = async (minutes: number): Promise<void> => { for (let m = 0; m < minutes; m += 1) { now += 60_000; await off.look(); } };
    await pass(9);
    idle = false;
    await pass(30);
    idle = true;
    await pass(9);
    assert.equal(times, 0);
    await pass(1);
    assert.equal(times, 1);
  });
  it('does not happen when it is not wanted', async () => {
    let now = 0;
    const off = createIdleOff({ minutes: 0, idle: () => true, monotonic: () => now, powerOff: () => Promise.reject(new Error('never')), log: silentLog() });
    now = 1e9;
    await off.look();
  });
  it('runs the command of the administrator, and says when that does not work', async () => {
    await runPowerOff(['true']);
    await assert.rejects(runPowerOff(['false']), /false ended with 1/);
    await assert.rejects(runPowerOff(['/nowhere/poweroff']), /ENOENT/);
  });
});
