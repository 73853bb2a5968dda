// Runs xorriso: files of a folder become an ISO 9660 medium with their long names. Argument array, a limit on time; no content on the command line.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';

const TIMEOUT_MS = 30_000;

/** @throws DISK_FULL (without figures: the caller knows them), DISK_TOOL_FAILED with xorriso's own words */
export async function runXorriso(dir: string, label: string, out: string): Promise<void> {
  try {
    await promisify(execFile)('xorriso', ['-as', 'mkisofs', '-quiet', '-V', label, '-R', '-J', '-o', out, dir], { timeout: TIMEOUT_MS, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } });
  } catch (e) {
    const { code, stderr = '' } = e as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw new CloudError('DISK_TOOL_FAILED', say('noXorriso'), { cause: e });
    if (/No space left on device|Disk quota exceeded/.test(stderr)) throw new CloudError('DISK_FULL', say('while', { doing: 'xorriso', why: say('noSpaceLeft') }), { cause: e });
    throw new CloudError('DISK_TOOL_FAILED', say('toolFailed', { tool: 'xorriso', why: stderr.trim().split('\n').at(-1) ?? '' }), { internal: stderr, cause: e });
  }
}
