// The private servers themselves: `up` and `down` are different processes, secrets stay secret, guests survive libvirtd.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { guestPids, livePid, startLibvirtd, startServers, stopServers, type Servers } from '../../tools/servers/index.ts';
import { eventually } from '../support/eventually.ts';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

const commandLines = (): string =>
  readdirSync('/proc')
    .filter((p) => /^\d+$/.test(p))
    .map((p) => {
      try {
        return readFileSync(`/proc/${p}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');

const withMountsIn = (dir: string): string[] =>
  readdirSync('/proc').filter((p) => {
    if (!/^\d+$/.test(p)) return false;
    try {
      return readFileSync(`/proc/${p}/mounts`, 'utf8').includes(dir) || readFileSync(`/proc/${p}/mountinfo`, 'utf8').includes(dir);
    } catch {
      return false;
    }
  });

describe('the private servers', function () {
  this.timeout(120_000);
  let dir: string;
  let servers: Servers;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'educloud-servers-'));
    await chmod(dir, 0o755);
    servers = await startServers({ dir });
  });
  after(async () => {
    await stopServers({ dir, guests: true });
    await rm(dir, { recursive: true, force: true });
  });

  it('show no password on any command line', () => {
    const shown = commandLines();
    for (const url of [servers.amqpUrl, servers.clusterAmqpUrl, servers.dbUrl, servers.redisUrl]) {
      const { password } = new URL(url);
      assert.ok(password.length >= 32);
      assert.ok(!shown.includes(password));
    }
  });

  it('listen on the loopback only', async () => {
    const { stdout } = await run('ss', ['-Hltnp']);
    const ports = [servers.rabbitmq.port, servers.mariadb.port, servers.redis.port];
    const pids = [servers.rabbitmq.pid, servers.mariadb.pid, servers.redis.pid];
    const ours = stdout.split('\n').filter((l) => pids.some((p) => l.includes(`pid=${p},`)));
    assert.ok(ours.length >= ports.length);
    for (const line of ours) assert.match(line, /\s(127\.0\.0\.1|\[::1\]):\d+\s/);
  });

  it('keep temporary tables in a folder of their own: each database server empties its folder when it starts', async () => {
    const connection = await createConnection({ uri: servers.dbUrl });
    const [rows] = await connection.query('SELECT @@tmpdir AS folder').finally(() => connection.end());
    assert.ok((rows as Array<{ folder: string }>)[0]?.folder.startsWith(dir));
  });

  it('are stopped by another process and start again with the same addresses', async () => {
    const urls = (s: Servers): string[] => [s.amqpUrl, s.clusterAmqpUrl, s.dbUrl, s.redisUrl];
    const pidFiles = ['rabbitmq/server.pid', 'rabbitmq/epmd.pid', 'mariadb/server.pid', 'redis/server.pid'].map((f) => join(dir, f));
    const pids = pidFiles.map((f) => livePid(f));
    assert.ok(pids.every(Boolean));
    const script = `import { stopServers } from ${JSON.stringify(new URL('../../tools/servers/index.ts', import.meta.url).href)}; await stopServers({ dir: ${JSON.stringify(dir)} });`;
    await run(process.execPath, ['--import=tsx', '--input-type=module', '-e', script], { cwd: new URL('../..', import.meta.url).pathname });
    assert.deepEqual(pidFiles.map((f) => livePid(f)), [null, null, null, null]);
    assert.ok(!commandLines().includes(dir), 'nothing of them is left');
    const before = urls(servers);
    servers = await startServers({ dir });
    assert.deepEqual(urls(servers), before);
  });

  (isRoot ? describe : describe.skip)('libvirtd', () => {
    it('keeps guests over a restart, ends them only when asked, and leaves no mounts', async () => {
      const home = join(dir, 'libvirt');
      const server = await startLibvirtd({ dir: home });
      const virsh = async (...args: string[]): Promise<string> => (await run('virsh', ['-q', '-c', server.uri, ...args])).stdout.trim();
      const xml = join(dir, 'guest.xml');
      await writeFile(xml, `<domain type='qemu'><name>ins-servers</name><memory unit='MiB'>32</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices/></domain>`);
      assert.equal(await virsh('list', '--all', '--name'), '', 'it sees nobody else\'s guests');
      await virsh('create', xml);
      const [guest] = guestPids(home);
      assert.ok(guest);
      await server.restart();
      assert.equal(await virsh('list', '--name'), 'ins-servers');
      await server.kill();
      await server.restart();
      assert.equal(await virsh('list', '--name'), 'ins-servers');
      assert.deepEqual(guestPids(home), [guest]);
      await server.stop();
      assert.deepEqual(guestPids(home), [guest], 'still runs without libvirtd');
      await server.stop({ guests: true });
      assert.deepEqual(guestPids(home), []);
      await eventually('no mount below its directory', () => withMountsIn(home).length === 0);
    });
  });
});
