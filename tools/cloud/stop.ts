// Stops exactly what startCloud started below a folder, found by pid files; with its own libvirtd also the guests.
import { access } from 'node:fs/promises';
import { stopServers } from '../servers/index.ts';
import { knownDaemons, layoutOf } from './layout.ts';
import { stopProcess } from './process.ts';

export async function stopCloud(dir: string, options: { servers: boolean } = { servers: true }): Promise<void> {
  const layout = layoutOf(dir);
  // Nodes first, the CLC last: everybody can still say goodbye to its boss.
  for (const name of ['all-in-one' as const, ...(await knownDaemons(layout)).reverse()]) await stopProcess(layout, name);
  const hasServers = await access(layout.servers).then(() => true, () => false);
  if (options.servers && hasServers) await stopServers({ dir: layout.servers, guests: true });
}
