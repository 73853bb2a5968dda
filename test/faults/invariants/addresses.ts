// Addresses and ports of instances: each is somebody's who is placed, nobody's twice, never one of the cloud itself; and no way is open to what is off.
import { grouped } from './grouped.ts';
import type { Invariant } from './interface.ts';

export const addressesAreOnes: Invariant = {
  id: 'I40',
  promises: 'no address is leased twice or to nobody, no port of the cloud is given to a guest, and nothing is open for an instance that is off',
  check({ db }) {
    const owns = new Map(db.userInstances.map((own) => [own.id, own]));
    const placed = (insId: string): boolean => { const row = db.instances.find((i) => i.id === insId); return row !== undefined && row.deletedAt === null && row.ncId !== null; };
    const ccOf = (insId: string): string => db.instances.find((i) => i.id === insId)?.ncId ?? '';
    const clusterOf = (ncId: string): string => db.daemons.find((d) => d.id === ncId)?.ccId ?? '';
    const leased = db.addresses.filter((a) => a.state === 'leased');
    const nobodys = leased.filter((a) => owns.get(a.insId ?? '')?.taskState === null && !placed(a.insId ?? '')).map((a) => `${a.value} is leased to ${a.insId}, which is nowhere`);
    const lost = leased.filter((a) => !owns.has(a.insId ?? '')).map((a) => `${a.value} is leased to ${a.insId}, which nobody knows`);
    const said = db.userInstances.flatMap(({ id, network, taskState }) => (network && taskState === null ? [
      ...network.cards.flatMap(({ ip, publicIp }) => [ip, publicIp].flatMap((value) => (value ? [{ id, value }] : []))),
      ...network.doors.filter(({ at }) => at === 'node' || at === 'cluster').map(({ port }) => ({ id, value: String(port) })),
    ] : []));
    const inCluster = grouped(said, ({ id, value }) => `${clusterOf(ccOf(id))} ${value}`);
    const twice = [...inCluster.values()].filter((same) => new Set(same.map(({ id }) => id)).size > 1).map((same) => `${same[0]?.value} is told to be that of ${same.map(({ id }) => id).join(' and ')}`);
    const unleased = said.filter(({ id, value }) => !leased.some((a) => a.insId === id && a.value === value)).map(({ id, value }) => `${id} has ${value}, which is not leased to it`);
    const own = new Map(db.daemons.flatMap((d) => (d.url && URL.canParse(d.url) && new URL(d.url).port ? [[new URL(d.url).port, d.name] as const] : [])));
    const cloud = leased.filter((a) => a.kind.endsWith('-port') && own.has(a.value)).map((a) => `port ${a.value} of ${own.get(a.value)} is leased to ${a.insId}`);
    const open = db.access.filter(({ insId }) => { const mine = owns.get(insId); return !mine || (mine.taskState === null && mine.vmState !== 'active' && mine.vmState !== 'paused'); }).map(({ insId }) => `ways to ${insId} are open, and it is ${owns.get(insId)?.vmState ?? 'unknown'}`);
    return [...nobodys, ...lost, ...twice, ...unleased, ...cloud, ...open];
  },
};
