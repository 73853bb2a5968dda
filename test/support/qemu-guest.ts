// A private qemu-system-x86_64 under TCG with QMP, guest agent and serial log, for tests of guest images. No libvirt involved.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

export type Bus = 'virtio' | 'sata' | 'ide';

const DISK_ARGS: Record<Bus, string[]> = {
  virtio: ['-device', 'virtio-blk-pci,drive=d0,bootindex=1', '-netdev', 'user,id=n0,restrict=on', '-device', 'virtio-net-pci,netdev=n0'],
  sata: ['-device', 'ahci,id=ahci', '-device', 'ide-hd,bus=ahci.0,drive=d0,bootindex=1', '-netdev', 'user,id=n0,restrict=on', '-device', 'e1000e,netdev=n0'],
  ide: ['-device', 'ide-hd,bus=ide.0,drive=d0,bootindex=1', '-netdev', 'user,id=n0,restrict=on', '-device', 'e1000,netdev=n0'],
};

export async function until<T>(what: string, probe: () => T | Promise<T>, deadlineMs: number): Promise<NonNullable<T>> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((r) => setTimeout(r, 100));
  }
}

/** One request, one answer, over a JSON-lines unix socket (QMP and the guest agent speak the same way). */
async function ask(socketFile: string, requests: object[], timeoutMs: number): Promise<unknown> {
  const socket = net.connect(socketFile);
  let text = '';
  socket.on('data', (d) => (text += d));
  socket.on('error', () => undefined);
  try {
    for (const r of requests) socket.write(`${JSON.stringify(r)}\n`);
    const answers = (): { return?: unknown; error?: { desc: string } }[] => text.split('\n').filter((l) => l.includes('"return"') || l.includes('"error"')).map((l) => JSON.parse(l) as { return?: unknown; error?: { desc: string } });
    const all = await until(`answer to ${JSON.stringify(requests.at(-1))}`, () => (answers().length >= requests.length ? answers() : null), timeoutMs);
    const last = all.at(-1)!;
    if (last.error) throw new Error(last.error.desc);
    return last.return;
  } finally {
    socket.destroy();
  }
}

export async function bootGuest(options: { dir: string; name: string; disk: string; bus: Bus; cdrom?: string }) {
  const at = (suffix: string): string => path.join(options.dir, `${options.name}.${suffix}`);
  const child = spawn('qemu-system-x86_64', [
    '-M', 'pc,accel=tcg', '-m', '256', '-display', 'none', '-nodefaults', '-vga', 'std', '-no-reboot',
    '-serial', `file:${at('serial')}`, '-qmp', `unix:${at('qmp')},server=on,wait=off`,
    '-device', 'virtio-serial-pci', '-chardev', `socket,path=${at('qga')},server=on,wait=off,id=qga0`, '-device', 'virtserialport,chardev=qga0,name=org.qemu.guest_agent.0',
    '-drive', `file=${options.disk},if=none,id=d0,format=qcow2`, ...DISK_ARGS[options.bus],
    ...(options.cdrom ? ['-drive', `file=${options.cdrom},if=none,id=cd0,format=raw,readonly=on`, '-device', `${options.bus === 'sata' ? 'ide-cd,bus=ahci.1' : options.bus === 'ide' ? 'ide-cd,bus=ide.1' : 'ide-cd'},drive=cd0,bootindex=0`] : []),
  ], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (d) => (complaint += d));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let over = false;
  void exited.then(() => (over = true));
  const serial = (): string => (existsSync(at('serial')) ? readFileSync(at('serial'), 'utf8') : '');
  const agent = (execute: string, args: object = {}, timeoutMs = 20_000): Promise<unknown> => ask(at('qga'), [{ execute, arguments: args }], timeoutMs);
  return {
    serial,
    agent,
    untilSaid: (text: string, deadlineMs = 120_000) => until(`"${text}" on the serial line`, () => {
      const ended = over; // before looking: its last words may be the ones
      if (serial().includes(text)) return true;
      if (ended) throw new Error(`qemu ended: ${complaint}\n${serial().slice(-2000)}`);
      return false;
    }, deadlineMs),
    /** Ping until the agent in the guest answers. */
    untilAgent: (deadlineMs = 60_000) => until('the guest agent', () => agent('guest-ping', {}, 2000).then(() => true, () => false), deadlineMs),
    pressPowerButton: () => ask(at('qmp'), [{ execute: 'qmp_capabilities' }, { execute: 'system_powerdown' }], 10_000),
    untilOff: (deadlineMs = 60_000) => until('qemu ending by itself', () => over, deadlineMs),
    async write(file: string, text: string): Promise<void> {
      const handle = await agent('guest-file-open', { path: file, mode: 'w' });
      await agent('guest-file-write', { handle, 'buf-b64': Buffer.from(text).toString('base64') });
      await agent('guest-file-close', { handle });
    },
    async read(file: string): Promise<string> {
      const handle = await agent('guest-file-open', { path: file, mode: 'r' });
      const reply = (await agent('guest-file-read', { handle, count: 65536 })) as { 'buf-b64': string };
      await agent('guest-file-close', { handle });
      return Buffer.from(reply['buf-b64'], 'base64').toString();
    },
    /** Runs a program in the guest and returns what it printed. */
    async exec(file: string, args: string[]): Promise<string> {
      const { pid } = (await agent('guest-exec', { path: file, arg: args, 'capture-output': true })) as { pid: number };
      const status = await until('the program in the guest', async () => {
        const s = (await agent('guest-exec-status', { pid })) as { exited: boolean; 'out-data'?: string };
        return s.exited ? s : null;
      }, 30_000);
      return Buffer.from(status['out-data'] ?? '', 'base64').toString();
    },
    async kill(): Promise<void> {
      if (!over) { child.kill('SIGKILL'); await exited; }
    },
  };
}
export type BootedGuest = Awaited<ReturnType<typeof bootGuest>>;
