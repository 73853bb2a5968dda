// The ip program of this host: an argument array, never a shell. For what the host has itself and for the public addresses we put there.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** @throws what execFile throws; `code` is ENOENT where it is not installed */
export const ip = async (...args: string[]): Promise<string> => (await promisify(execFile)('ip', args, { timeout: 20_000, maxBuffer: 16 * 1024 ** 2, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } })).stdout;
