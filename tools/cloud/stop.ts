// Stops exactly what startCloud started below a folder, found by pid files; with its own libvirtd also the guests.
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../build.ts';
import { stopServers } from '../servers/index.ts';
import { knownDaemons, layoutOf, roleOf } from './layout.ts';
import { stopProcess } from './process.ts';

const run = promisify(execFile);

export async function stopCloud(dir: string, options: { servers: boolean } = { servers: true }): Promise<void> {
  const layout = layoutOf(dir);
  // Nodes first, the CLC last: everybody can still say goodbye to its boss.
  for (const name of ['all-in-one' as const, ...(await knownDaemons(layout)).reverse()]) await stopProcess(layout, name);
  // Ways to guests go with the cloud. Inside a network namespace they go with it.
  await run('bash', [path.join(ROOT, 'deploy/clear-network.sh'), ...(await knownDaemons(layout)).filter((name) => ['cc', 'nc'].includes(roleOf(name))).map((name) => layout.data(name))]);
  const hasServers = await access(layout.servers).then(() => true, () => false);
  if (options.servers && hasServers) await stopServers({ dir: layout.servers, guests: true });
}
