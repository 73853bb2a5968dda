// What a daemon says to systemd really arrives as datagrams on $NOTIFY_SOCKET.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createNotifier } from '@educloud/sdnotify';
import { until } from '../support/qemu-guest.ts';

const RECEIVER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(4096).decode(), flush=True)
`;

describe('telling systemd', function () {
  this.timeout(20_000);
  let dir: string;
  let receiver: ChildProcess | undefined;
  beforeEach(() => { dir = mkdtempSync(path.join(os.tmpdir(), 'educloud-notify-')); });
  afterEach(() => { receiver?.kill(); receiver = undefined; rmSync(dir, { recursive: true, force: true }); });

  it('is left out when systemd did not start the process', () => {
    assert.equal(createNotifier({ socket: undefined }), undefined);
  });

  it('sends each state as one datagram', async function () {
    if (spawnSync('python3', ['--version']).status !== 0) this.skip();
    const socket = path.join(dir, 'notify');
    let got = '';
    receiver = spawn('python3', ['-c', RECEIVER, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    receiver.stdout!.on('data', (d) => (got += d));
    await until('the socket', () => existsSync(socket), 10_000);
    // A process of its own: sd_notify reads the environment the process was started with.
    const code = `const { createNotifier } = await import('@educloud/sdnotify'); const n = createNotifier({ socket: process.env.NOTIFY_SOCKET }); for (const s of ['READY=1', 'WATCHDOG=1', 'STOPPING=1']) n(s);`;
    const sender = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], { env: { ...process.env, NOTIFY_SOCKET: socket }, encoding: 'utf8' });
    assert.equal(sender.status, 0, sender.stderr);
    await until('three states', () => got === 'READY=1\nWATCHDOG=1\nSTOPPING=1\n', 5000);
  });
});
