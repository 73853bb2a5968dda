// Canary secrets: every password, token and daemon secret of the run, looked for where no secret may ever stand.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Rig } from '../rig/interface.ts';
import { secretsFile } from '../workload/start.ts';
import type { Evidence } from './interface.ts';

export async function secretsSeenIn(rig: Rig, evidence: Pick<Evidence, 'deadLetters' | 'processes' | 'redis' | 'db' | 'history'>): Promise<Evidence['secretsSeen']> {
  const secrets = await secretsOf(rig);
  const places: Array<[string, string]> = [
    ...(await Promise.all((await readdir(rig.logs)).map(async (name): Promise<[string, string]> => [`log ${name}`, await readFile(path.join(rig.logs, name), 'utf8')]))),
    ...evidence.deadLetters.map((letter): [string, string] => [`dead letter from ${letter.queue}`, `${letter.reason} ${letter.content}`]),
    ...evidence.processes.map((p): [string, string] => [`command line of ${p.name} (${p.pid})`, p.cmdline]),
    ...evidence.redis.map((r): [string, string] => [`Redis key ${r.key}`, r.value]),
    ...evidence.db.tasks.map((t): [string, string] => [`task ${t.tid}`, JSON.stringify(t)]),
    ['events', JSON.stringify(evidence.db.events)],
    ['history', JSON.stringify(evidence.history)],
  ];
  return places.flatMap(([where, text]) => secrets.filter(({ word }) => text.includes(word)).map(({ what }) => ({ what, where })));
}

async function secretsOf(rig: Rig): Promise<Array<{ what: string; word: string }>> {
  const people = (JSON.parse(await readFile(secretsFile(rig.dir), 'utf8').catch(() => '[]')) as string[]).map((word) => ({ what: 'a password or token of a person', word }));
  const folders = [['walrus', rig.dataDir('walrus')], ['sc', rig.dataDir('sc')], ['cc', rig.dataDir('cc')], ...rig.nodes.map((n) => [n.registeredAs, n.dataDir])] as Array<[string, string]>;
  const daemons = await Promise.all(folders.map(async ([name, dir]) => {
    const text = await readFile(path.join(dir, 'identity.json'), 'utf8').catch(() => '{}');
    return { what: `the secret of ${name}`, word: (JSON.parse(text) as { secret?: string }).secret ?? '' };
  }));
  const urls = [['broker', rig.servers.amqpUrl], ['broker of the cluster', rig.servers.clusterAmqpUrl], ['database', rig.servers.dbUrl]].map(([what, url]) => ({ what: `the password of the ${what}`, word: new URL(url as string).password }));
  // A short word would be found by chance.
  return [...people, ...daemons, ...urls].filter(({ word }) => word.length >= 8);
}
