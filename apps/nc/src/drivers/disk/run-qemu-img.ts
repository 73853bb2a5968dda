// Runs qemu-img: argument array, limits on memory and CPU time, progress from its output, killed on abort. Used only by the qemu-img disk tool.
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { spawn } from 'node:child_process';
import path from 'node:path';

// A crafted image must not eat the host. Measured: a conversion needs 0.4 GiB of address space and 16 CPU seconds per GiB at worst.
const ADDRESS_SPACE_BYTES = 2 * 1024 ** 3;
const CPU_SECONDS = 3600;

export interface QemuImgRun {
  (args: readonly string[], options?: { signal?: AbortSignal; onPercent?: (percent: number) => void; fileSizeLimitBytes?: number }): Promise<string>;
}

/** @throws DISK_FULL (without figures: the caller knows them), CANCELLED, DISK_TOOL_FAILED with qemu-img's own words */
export function createQemuImgRun({ binary = 'qemu-img' }: { binary?: string } = {}): QemuImgRun {
  return (args, { signal, onPercent, fileSizeLimitBytes } = {}) =>
    new Promise<string>((resolve, reject) => {
      if (signal?.aborted) return reject(new CloudError('CANCELLED', say('qemuImgCancelled', { what: args[0] })));
      const limits = [`--as=${ADDRESS_SPACE_BYTES}`, `--cpu=${CPU_SECONDS}`, '--core=0', ...(fileSizeLimitBytes === undefined ? [] : [`--fsize=${fileSizeLimitBytes}`])];
      // LC_ALL=C: the text is searched for "No space left".
      const child = spawn('prlimit', [...limits, '--', binary, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } });
      let out = '';
      let err = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (!onPercent) {
          out = (out + text).slice(-65_536);
          return;
        }
        const percents = [...text.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)];
        const last = percents.at(-1)?.[1];
        if (last !== undefined) onPercent(Number(last));
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        err = (err + text).slice(-4000);
      });
      const kill = () => child.kill('SIGKILL');
      signal?.addEventListener('abort', kill, { once: true });
      child.once('error', (e) => {
        signal?.removeEventListener('abort', kill);
        reject(new CloudError('DISK_TOOL_FAILED', say('toolNotStarted', { tool: 'qemu-img', why: e.message }), { cause: e }));
      });
      child.once('close', (code, killedBy) => {
        signal?.removeEventListener('abort', kill);
        if (signal?.aborted) return reject(new CloudError('CANCELLED', say('qemuImgCancelled', { what: args[0] })));
        if (code === 0) return resolve(out);
        const words = err.trim().split('\n').at(-1) ?? '';
        if (/No space left on device|Disk quota exceeded/.test(err)) return reject(new CloudError('DISK_FULL', say('while', { doing: `qemu-img ${args[0]}`, why: say('noSpaceLeft') })));
        const where = args.at(-1) ?? '';
        reject(new CloudError('DISK_TOOL_FAILED', say('toolFailed', { tool: `qemu-img ${args[0]} ${path.basename(where)}`, why: `${killedBy ? `${killedBy}: ` : ''}${words || `exit ${code}`}` }), { internal: err }));
      });
    });
}
