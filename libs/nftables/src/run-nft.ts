// Runs nft: an argument array, the script on its standard input, never a shell.
import { spawn } from 'node:child_process';

/** @throws Error with nft's own words; `name` is ENOENT where it is not installed */
export type NftRun = (args: readonly string[], script?: string) => Promise<string>;

const TIME_LIMIT_MS = 20_000;

/** The nft of this machine, 20 s at most. */
export const runNft: NftRun = (args, script = '') =>
  new Promise((resolve, reject) => {
    const child = spawn('nft', args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: TIME_LIMIT_MS, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } });
    const out: Buffer[] = [];
    let err = '';
    child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err = (err + text).slice(0, 4000);
    });
    child.stdin.on('error', () => undefined); // it ended before it had read everything: its exit code says why
    child.once('error', (e) => reject(new Error(`nft cannot be started: ${e.message}`, { cause: e })));
    child.once('close', (code) => {
      if (code === 0) return resolve(Buffer.concat(out).toString());
      reject(new Error(err.split('\n')[0]?.trim().replace(/^\/dev\/stdin:\d+:\d+-\d+: /, '') || `nft ended with ${code}`));
    });
    child.stdin.end(script);
  });
