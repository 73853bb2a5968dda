// The five daemons in one process on embedded adapters: the default when nothing is configured. The same code as five processes.
import { access } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { CcConfig, startCc } from '@educloud/app-cc';
import { ClcConfig, startClc, pagesDir } from '@educloud/app-clc';
import { NcConfig, startNc } from '@educloud/app-nc';
import { ScConfig, startSc } from '@educloud/app-sc';
import { WalrusConfig, startWalrus } from '@educloud/app-walrus';
import type { Daemon } from '@educloud/rest';

export const AllInOneConfig = z.strictObject({
  clc: ClcConfig.prefault({}),
  walrus: WalrusConfig.prefault({}),
  sc: ScConfig.prefault({}),
  cc: CcConfig.prefault({}),
  nc: NcConfig.prefault({}),
});
export type AllInOneConfig = z.output<typeof AllInOneConfig>;

export async function startAllInOne(config: AllInOneConfig): Promise<Daemon> {
  const clc = await startClc(config.clc, { mode: 'all-in-one', pages: pagesDir() });
  // A daemon that has not joined yet gets its token from the CLC in this very process.
  const joining = async <C extends { dataDir: string; joinToken?: string | undefined }>(role: 'walrus' | 'sc' | 'cc' | 'nc', settings: C): Promise<C> => {
    const known = await access(path.join(settings.dataDir, 'identity.json')).then(() => true, () => false);
    return known || settings.joinToken ? settings : { ...settings, joinToken: await clc.joinToken(role) };
  };
  const others = await Promise.all([
    joining('walrus', config.walrus).then(startWalrus),
    joining('sc', config.sc).then(startSc),
    joining('cc', config.cc).then(startCc),
    joining('nc', config.nc).then(startNc),
  ]);
  return {
    role: 'all-in-one',
    url: clc.url,
    async ready() {
      await Promise.all([clc, ...others].map((daemon) => daemon.ready()));
    },
    async close() {
      for (const daemon of others.reverse()) await daemon.close();
      await clc.close();
    },
  };
}
