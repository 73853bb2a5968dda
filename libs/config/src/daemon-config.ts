// Where a daemon's configuration comes from when nobody says otherwise. Called by the process.ts of every app.
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
  const at = argv.indexOf('--config');
  return loadConfig({ role, schema, defaultFile: `/etc/educloud/${role}.yaml`, seedConf: boss.map((b) => SEED[b]), ...(at > 0 && argv[at + 1] ? { file: argv[at + 1] } : {}) });
}

/** Where systemd wants to hear READY=1; undefined when nobody listens. */
export const notifySocket = (): string | undefined => process.env['NOTIFY_SOCKET'];
