// Where a host keeps its local desktops, apart from everything the cloud places on it: no inventory names it and no order of the cloud reaches it.
import path from 'node:path';

export interface LocalPaths {
  dir: string;
  offers: string;
  clock: string;
  book: string;
  uses: string;
  use(id: string): string;
  disks: string;
  folder(insId: string): string;
  disk(insId: string): string;
  screen(insId: string): string;
}

const INSTANCE = /^ins-[0-9a-f]{8}$/;

/** What the domain and the pins of a local desktop are called on its host. */
export function localName(insId: string): string {
  if (!INSTANCE.test(insId)) throw new Error(`not an instance id: ${JSON.stringify(insId)}`);
  return insId.replace('ins-', 'lvd-');
}
export const LOCAL_NAME = /^lvd-[0-9a-f]{8}$/;
export const definitionOf = (name: string): string => name.replace('lvd-', 'ins-');

export function localPaths(dataDir: string): LocalPaths {
  const at = (...parts: string[]): string => path.join(dataDir, 'local', ...parts);
  const folder = (insId: string): string => at('disks', localName(insId));
  return {
    dir: at(), offers: at('offers.json'), clock: at('clock.json'), book: at('book.json'),
    uses: at('uses'), use: (id) => at('uses', `${id}.json`),
    disks: at('disks'), folder, disk: (insId) => path.join(folder(insId), 'disk.qcow2'),
    screen: (insId) => at(`${localName(insId)}.vnc`),
  };
}
