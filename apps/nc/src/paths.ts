// Where everything of a node lies. Names come from ids we made, never from people.
import path from 'node:path';

export interface NodePaths {
  identity: string;
  journal: string;
  images: string;
  instances: string;
  sockets: string;
  /** The last order to switch the host off that was obeyed. */
  poweredOff: string;
  instance(insId: string): string;
  disk(insId: string): string;
  /** The second disk: it stays when the first is thrown away. */
  data(insId: string): string;
  /** What the guest is told at its first start. */
  seed(insId: string): string;
  /** What the guest said on its serial port; in a folder of its own, which is watched. */
  serialLog(insId: string): string;
  flat(insId: string): string;
  /** What the flattened file was made from and its hash. */
  flatNote(insId: string): string;
  /** Written before the first start: from then on the disk is the user's. */
  booted(insId: string): string;
}

/** Names of folders that are ours. */
export const INSTANCE = /^ins-[0-9a-f]{8}$/;

export function nodePaths(dataDir: string): NodePaths {
  const instance = (insId: string): string => {
    if (!INSTANCE.test(insId)) throw new Error(`not an instance id: ${JSON.stringify(insId)}`);
    return path.join(dataDir, 'instances', insId);
  };
  return {
    identity: path.join(dataDir, 'identity.json'),
    journal: path.join(dataDir, 'journal.db'),
    images: path.join(dataDir, 'images'),
    instances: path.join(dataDir, 'instances'),
    sockets: path.join(dataDir, 'run'),
    poweredOff: path.join(dataDir, 'powered-off.json'),
    instance,
    disk: (insId) => path.join(instance(insId), 'disk.qcow2'),
    data: (insId) => path.join(instance(insId), 'data.qcow2'),
    seed: (insId) => path.join(instance(insId), 'seed.iso'),
    serialLog: (insId) => path.join(instance(insId), 'serial', 'log'),
    flat: (insId) => path.join(instance(insId), 'flat.qcow2'),
    flatNote: (insId) => path.join(instance(insId), 'flat.json'),
    booted: (insId) => path.join(instance(insId), 'booted'),
  };
}
