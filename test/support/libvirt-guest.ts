// A real guest of a cloud, spoken to past the cloud: through libvirt's `virsh` and the guest agent. For tests that edit a disk and look at it.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { eventually } from './eventually.ts';

const run = promisify(execFile);
const BOOT_MS = 120_000;

export interface LibvirtGuest {
  /** Until the agent in the guest answers. */
  booted(withinMs?: number): Promise<void>;
  agent(execute: string, args?: object): Promise<unknown>;
  /** Runs a shell line in the guest; resolves with what it printed. */
  sh(line: string): Promise<string>;
  /** Runs a shell line that may end the agent: no answer is awaited. */
  shove(line: string): Promise<void>;
  write(file: string, text: string): Promise<void>;
  read(file: string): Promise<string>;
  /** Process id of its QEMU, or null. */
  qemuPid(): number | null;
}

export function guestOf(libvirtUri: string | null, insId: string): LibvirtGuest {
  if (!libvirtUri) throw new Error('this cloud has no libvirt');
  const agent = async (execute: string, args: object = {}): Promise<unknown> => {
    const { stdout } = await run('virsh', ['-q', '-c', libvirtUri, 'qemu-agent-command', '--timeout', '10', insId, JSON.stringify({ execute, arguments: args })], { timeout: 20_000 });
    return (JSON.parse(stdout) as { return: unknown }).return;
  };
  const start = async (line: string): Promise<number> => ((await agent('guest-exec', { path: '/bin/sh', arg: ['-c', line], 'capture-output': true })) as { pid: number }).pid;
  const guest: LibvirtGuest = {
    agent,
    booted: async (withinMs = BOOT_MS) => void (await eventually(`${insId} has booted`, () => agent('guest-ping').then(() => true), withinMs)),
    async sh(line) {
      const pid = await start(line);
      const ended = await eventually(`"${line}" ends in ${insId}`, async () => {
        const status = (await agent('guest-exec-status', { pid })) as { exited: boolean; exitcode?: number; 'out-data'?: string; 'err-data'?: string };
        return status.exited ? status : null;
      }, 60_000);
      const text = (base64 = ''): string => Buffer.from(base64, 'base64').toString();
      if (ended.exitcode !== 0) throw new Error(`"${line}" ended with ${ended.exitcode} in ${insId}: ${text(ended['err-data'])}`);
      return text(ended['out-data']);
    },
    shove: async (line) => void (await start(line).catch(() => undefined)),
    async write(file, text) {
      const handle = await agent('guest-file-open', { path: file, mode: 'w' });
      await agent('guest-file-write', { handle, 'buf-b64': Buffer.from(text).toString('base64') });
      await agent('guest-file-close', { handle });
      await guest.sh('sync');
    },
    async read(file) {
      const handle = await agent('guest-file-open', { path: file, mode: 'r' });
      const reply = (await agent('guest-file-read', { handle, count: 65536 })) as { 'buf-b64': string };
      await agent('guest-file-close', { handle });
      return Buffer.from(reply['buf-b64'], 'base64').toString();
    },
    qemuPid: () => readdirSync('/proc').filter((p) => /^\d+$/.test(p)).map(Number).find((pid) => commandOf(pid).includes(`guest=${insId},`)) ?? null,
  };
  return guest;
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
}
