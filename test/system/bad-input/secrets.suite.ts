// Last of all: after everything that went wrong here, no secret stands in a log, a stored message, a command line or an answer.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import type { Scene } from './scene.ts';

export function secretSuite(theScene: () => Scene): void {
  describe('secrets', () => {
    it('stand in no log file, no message at the brokers, no command line and no answer that refuses', async () => {
      const scene = theScene();
      const { cloud } = scene;
      const secrets = new Map<string, string>([['admin password', cloud.json.adminPassword], ['user password', scene.user.password], ['session of the admin', scene.admin], ['session of the user', scene.user.token]]);
      for (const [name, url] of Object.entries({ 'upper broker': cloud.json.amqpUrl, 'cluster broker': cloud.json.clusterAmqpUrl, database: cloud.json.dbUrl, Redis: cloud.json.redisUrl })) {
        const { password } = new URL(String(url));
        if (password) secrets.set(`password of ${name}`, decodeURIComponent(password));
      }
      for (const daemon of ['walrus', 'sc', 'cc', 'nc'] as const) {
        const { joinToken } = parse(await readFile(cloud.layout.config(daemon), 'utf8')) as { joinToken?: string };
        if (joinToken) secrets.set(`join token of ${daemon}`, joinToken);
        secrets.set(`secret of ${daemon}`, (JSON.parse(await readFile(path.join(cloud.layout.data(daemon), 'identity.json'), 'utf8')) as { secret: string }).secret);
      }
      for (const { value } of await scene.rows('SELECT value FROM settings')) for (const line of String(value).replaceAll('\\n', '\n').split('\n')) if (!line.startsWith('-----') && line.length > 30 && !/^MCow/.test(line)) secrets.set(`key ${line.slice(0, 6)}…`, line);
      const tickets = (await scene.rows("SELECT params FROM saga_jobs WHERE params LIKE '%ticket%'")).flatMap((row) => [...JSON.stringify(row).matchAll(/ticket\\*":\\*"([\w.-]+)/g)].map((m) => m[1] as string));
      assert.ok(secrets.size >= 14 && tickets.length > 5, `${secrets.size} secrets, ${tickets.length} tickets are looked for`);

      const leaks: string[] = [];
      const look = (where: string, text: string, more: string[] = []): void => {
        for (const [name, secret] of secrets) if (text.includes(secret)) leaks.push(`${name} in ${where}`);
        // The signed half: nobody can use a ticket without it.
        for (const ticket of more) if (text.includes(ticket.split('.')[1] as string)) leaks.push(`a ticket in ${where}`);
      };
      for (const file of await filesBelow(path.join(cloud.layout.dir, 'log'))) look(file, await readFile(file, 'latin1'), tickets);
      for (const file of await filesBelow(path.join(scene.dir, 'shared-servers', 'rabbitmq', 'log'))) look(file, await readFile(file, 'latin1'), tickets);
      // Commands carry the ticket of the file they are about; nothing else that opens a door.
      let commands = 0;
      for (const file of await filesBelow(path.join(scene.dir, 'shared-servers', 'rabbitmq', 'mnesia'))) {
        const text = await readFile(file, 'latin1');
        look(file, text);
        commands += text.split('"job":"fetchImage"').length - 1;
      }
      assert.ok(commands > 0, 'commands lie in the files of the broker, so secrets would be found there');
      for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) look(`the command line of ${pid}`, await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => ''), tickets);
      for (const [what, text] of scene.refusals) look(`the answer to ${what}`, text, tickets);
      assert.ok(scene.refusals.length > 0);
      assert.deepEqual(leaks, []);
    });
  });
}

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((e) => e.isFile()).map((e) => path.join(e.parentPath, e.name));
}
