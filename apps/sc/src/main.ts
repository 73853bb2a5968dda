// Wiring of the storage controller: it registers, beats, and reports its pools. Volumes have no commands yet, so it consumes none.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { openBus } from '@educloud/bus';
import { daemonClock } from '@educloud/config';
import { CLC_BEAT_QUEUE, CLC_STATUS_QUEUE, VERSION, type DaemonFacts, type Readiness } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { createLog } from '@educloud/log';
import { createCloudTime, createMembership, hostFacts, hostVitals } from '@educloud/membership';
import { busCheck, createRest, readinessOf, type Daemon } from '@educloud/rest';
import type { ScConfig } from './config.ts';
import { lookAtPools } from './pools.ts';

export { ScConfig } from './config.ts';

export async function startSc(config: ScConfig): Promise<Daemon> {
  const log = createLog({ role: 'sc', level: config.logLevel });
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const own = path.join(config.dataDir, 'pool');
  const pools = config.pools.length > 0 ? config.pools : [{ name: 'default', path: own }];
  if (config.pools.length === 0) await mkdir(own, { recursive: true });
  const bus = await openBus(config.busUrl, { log });
  let url = '';

  const facts = async (): Promise<DaemonFacts> => {
    const seen = await lookAtPools(pools);
    return hostFacts({
      pools: seen,
      faults: seen.filter((p) => !p.healthy).map((p) => `pool ${p.name} ${p.message}`),
      disk: { totalBytes: seen.reduce((n, p) => n + p.totalBytes, 0), freeBytes: seen.reduce((n, p) => n + p.freeBytes, 0) },
    });
  };
  const now = daemonClock(config.clockFile);
  const membership = createMembership({
    role: 'sc', name: config.name, url: () => url, boss: { registerUrl: `${config.clcUrl}/clc/api/1.0/register/sc` }, joinToken: config.joinToken,
    identityFile: path.join(config.dataDir, 'identity.json'), facts, vitals: () => hostVitals(pools[0]!.path, 0), log, now, cloudTime: createCloudTime(now), random: Math.random,
    sendBeat: (envelope) => bus.publishVolatile(CLC_BEAT_QUEUE, envelope),
    sendStatus: (envelope) => bus.publish(CLC_STATUS_QUEUE, envelope),
    onRegistered: async () => undefined,
  });

  const readiness = async (): Promise<Readiness> => {
    const sick = (await lookAtPools(pools)).filter((p) => !p.healthy);
    const member = membership.current();
    return readinessOf({ role: 'sc', id: member?.id ?? null, epoch: member?.epoch ?? null, version: VERSION }, {
      membership: membership.state(),
      bus: busCheck(bus.state()),
      pools: { ok: sick.length === 0, message: sick.map((p) => `${p.name} ${p.message}`).join('; ') },
    });
  };
  const rest = createRest({
    role: 'sc', version: VERSION, log, readiness,
    async authorise(need) {
      if (need === 'nobody') return { kind: 'nobody' };
      throw new CloudError('FORBIDDEN', 'the storage controller serves nobody directly');
    },
  });
  url = (await rest.listen(config.listen.port, config.listen.host)).url;
  if (config.publicUrl) url = config.publicUrl;

  let wasConnected = bus.state().connected;
  const stopListening = bus.onState(({ connected }) => {
    if (connected && !wasConnected) membership.again('the bus came back');
    wasConnected = connected;
  });
  membership.start();

  return {
    role: 'sc',
    url,
    ready: async () => { await membership.registered(); },
    async close() {
      stopListening();
      await membership.close();
      await rest.close();
      await bus.close();
    },
  };
}
