// What is kept of a campaign that found something: everything a person needs to understand it, in one folder.
import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { enter } from './rig/network.ts';
import type { Rig } from './rig/interface.ts';

const run = promisify(execFile);

/** Adds to `folder`: logs, a dump of the database, the queues, the guests and the packet rules of each node. What cannot be had is said in its file. */
export async function keepTraces(rig: Rig, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const save = async (name: string, look: () => Promise<string>): Promise<void> =>
    writeFile(path.join(folder, name), await look().catch((e: unknown) => `could not be had: ${e instanceof Error ? e.message : String(e)}\n`), { mode: 0o600 });
  const output = async (command: string, args: string[], env: Record<string, string> = {}): Promise<string> =>
    (await run(command, args, { timeout: 30_000, maxBuffer: 512 * 1024 ** 2, env: { ...process.env, ...env } })).stdout;

  await cp(rig.logs, path.join(folder, 'log'), { recursive: true });
  await save('database.sql', () => {
    const { hostname, port, username, password, pathname } = new URL(rig.servers.dbUrl);
    return output('mariadb-dump', ['--no-defaults', '-h', hostname, '-P', port, '-u', username, '--skip-lock-tables', pathname.slice(1)], { MYSQL_PWD: decodeURIComponent(password) });
  });
  await save('queues.txt', async () => {
    return (await Promise.all(Object.values(rig.servers.vhosts).map(async (vhost) => `${vhost}\n${await rig.servers.rabbitmqctl('list_queues', '-p', vhost, 'name', 'messages_ready', 'messages_unacknowledged', 'consumers', 'state')}`))).join('\n');
  });
  for (const node of rig.nodes) {
    if (node.libvirtUri) await save(`virsh-${node.name}.txt`, () => output('virsh', ['-c', node.libvirtUri as string, 'list', '--all']));
    await save(`rules-${node.name}.txt`, () => output('ip', enter(node.netns, 'nft', 'list', 'ruleset').slice(1)));
    await save(`files-${node.name}.txt`, () => output('find', [node.dataDir, '-printf', '%s %TT %P\n']));
  }
  for (const name of ['cc', 'walrus'] as const) await save(`files-${name}.txt`, () => output('find', [rig.dataDir(name), '-printf', '%s %TT %P\n']));
}
