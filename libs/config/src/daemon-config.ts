// Where a daemon's configuration comes from when nobody says otherwise. Called by the process.ts of every app.
import { CloudError } from '@educloud/errors';
import type { z } from 'zod';
import { loadConfig } from './load-config.ts';

const SEED_DIR = '/storage/config';

/** The seed's `IP='…'` files and the key each of them sets. */
const SEED = {
  clcUrl: { file: `${SEED_DIR}/clc.conf`, path: ['clcUrl'], value: (ip: string) => `http://${ip}:8771` },
  ccUrl: { file: `${SEED_DIR}/cc.conf`, path: ['ccUrl'], value: (ip: string) => `http://${ip}:8772` },
};

/**
 * `--config FILE`, else EDUCLOUD_<ROLE>_CONFIG, else /etc/educloud/<role>.yaml if it is there; environment over file; defaults below all.
 * @param boss whose address the seed's conf file may give
 * @throws CONFIG_INVALID with every mistake
 */
export function daemonConfig<S extends z.ZodType>(role: string, schema: S, boss: Array<keyof typeof SEED> = [], argv: string[] = process.argv): z.output<S> {
  const given = argv.slice(2);
  if (given.includes('--help') || given.includes('-h')) {
    process.stdout.write(usage(role));
    process.exit(0);
  }
  // A daemon started with words it does not know would run on settings nobody meant.
  const file = given[0] === '--config' && given.length === 2 ? given[1] : undefined;
  if (given.length > 0 && file === undefined) throw new CloudError('CONFIG_INVALID', `unknown arguments: ${given.join(' ')}\n${usage(role)}`);
  return loadConfig({ role, schema, defaultFile: `/etc/educloud/${role}.yaml`, seedConf: boss.map((b) => SEED[b]), ...(file === undefined ? {} : { file }) });
}

const usage = (role: string): string => `usage: ${role} [--config FILE]
  --config FILE  configuration (default: $EDUCLOUD_${role.toUpperCase().replaceAll('-', '_')}_CONFIG, else /etc/educloud/${role}.yaml, else defaults)
  Every key stands, explained, in config/*.yaml. Each key can also be set in the environment, e.g. EDUCLOUD_${role.toUpperCase().replaceAll('-', '_')}_DATA_DIR.
`;

/** Where systemd wants to hear READY=1; undefined when nobody listens. */
export const notifySocket = (): string | undefined => process.env['NOTIFY_SOCKET'];
