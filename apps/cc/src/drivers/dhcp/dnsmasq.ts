// DHCP by a dnsmasq of our own: own folder, own interface, only listed cards get an address. It outlives this daemon, is found again by its
// pid file, and is started again when it dies.
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { Logger } from '@educloud/log';
import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { configOf, hostsOf, staleLeases, type Places } from './files.ts';
import type { Dhcp, DhcpWanted } from './interface.ts';

const run = promisify(execFile);
const WATCH_MS = 5_000;
const END_MS = 5_000;

export interface DnsmasqOptions {
  dir: string;
  /** Towards the guests. */
  device: string;
  log: Logger;
  binary?: string;
}

const text = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

export function createDnsmasq(options: DnsmasqOptions): Dhcp {
  const { dir, device, log, binary = 'dnsmasq' } = options;
  const at: Places = { config: path.join(dir, 'dnsmasq.conf'), hosts: path.join(dir, 'dnsmasq.hosts'), leases: path.join(dir, 'dnsmasq.leases'), pid: path.join(dir, 'dnsmasq.pid'), log: path.join(dir, 'dnsmasq.log') };
  let wanted: DhcpWanted | null = null;
  let queue: Promise<unknown> = Promise.resolve();
  let watch: NodeJS.Timeout | null = null;

  /** Our own dnsmasq, whoever started it. A pid alone proves nothing. */
  async function running(): Promise<number | null> {
    const pid = Number((await text(at.pid)).trim());
    if (!Number.isInteger(pid) || pid <= 1) return null;
    return (await text(`/proc/${pid}/cmdline`)).includes(`--conf-file=${at.config}`) ? pid : null;
  }
  async function replace(file: string, content: string): Promise<void> {
    await writeFile(`${file}.part`, content, { mode: 0o644 });
    await rename(`${file}.part`, file);
  }
  async function start(): Promise<void> {
    // It goes into the background by itself, after it has bound its socket; what is wrong it says before.
    await run(binary, [`--conf-file=${at.config}`], { timeout: 15_000, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } }).catch((e: unknown) => {
      const words = String((e as { stderr?: string }).stderr || (e as Error).message).trim().split('\n').at(-1) ?? '';
      throw new CloudError('NETWORK_UNAVAILABLE', say('dhcpFailed', { why: words }), { retryable: false, cause: e });
    });
  }
  async function end(): Promise<boolean> {
    const pid = await running();
    if (pid === null) return false;
    process.kill(pid, 'SIGTERM');
    const until = performance.now() + END_MS;
    while ((await running()) !== null) {
      if (performance.now() > until) process.kill(pid, 'SIGKILL');
      await delay(5);
    }
    return true;
  }

  async function bring(now: DhcpWanted | null): Promise<number> {
    if (now === null) {
      const ended = await end();
      for (const file of Object.values(at)) await rm(file, { force: true });
      return ended ? 1 : 0;
    }
    await mkdir(dir, { recursive: true, mode: 0o755 });
    const config = configOf(now, device, userInfo().username, at);
    const hosts = hostsOf(now);
    const [oldConfig, oldHosts, pid] = await Promise.all([text(at.config), text(at.hosts), running()]);
    const leases = staleLeases(await text(at.leases), now);
    const again = pid === null || oldConfig !== config || leases.stale;
    if (oldConfig !== config) await replace(at.config, config);
    if (oldHosts !== hosts) await replace(at.hosts, hosts);
    if (again) {
      await end();
      // Read again: it may have given one more until its end.
      await replace(at.leases, staleLeases(await text(at.leases), now).kept);
      await start();
      return 1;
    }
    if (oldHosts === hosts) return 0;
    process.kill(pid, 'SIGHUP');
    return 1;
  }

  /** One after the other: a watch that finds it dead must not start it beside an order that ends it. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work, work);
    queue = result.catch(() => undefined);
    return result;
  };
  async function look(): Promise<void> {
    if (wanted === null || (await running()) !== null) return;
    log.warn({ dir }, 'the DHCP server is gone; it is started again');
    await bring(wanted).catch((e: unknown) => log.error({ err: e }, 'the DHCP server does not start'));
  }

  return {
    apply(now) {
      wanted = now;
      watch ??= setInterval(() => void inTurn(look), WATCH_MS);
      watch.unref();
      return inTurn(() => bring(now));
    },
    async close() {
      if (watch) clearInterval(watch);
      watch = null;
      await queue;
    },
  };
}
