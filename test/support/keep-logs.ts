// A failed system test keeps its logs: called in `after` before the cloud's folder is removed.
import { cpSync, mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Copies the daemons' logs away when a test of this suite failed, and says where. */
export function keepLogs(suite: Mocha.Suite | undefined, cloudDir: string): void {
  let failed = false;
  suite?.eachTest((test) => void (failed ||= test.state === 'failed'));
  if (!failed) return;
  const kept = mkdtempSync(path.join(os.tmpdir(), 'educloud-logs-'));
  cpSync(path.join(cloudDir, 'log'), kept, { recursive: true });
  console.error(`      the logs of the daemons are kept in ${kept}`);
}
