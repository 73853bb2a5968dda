// Everything a command of the NC may touch.
import { say, type ImageRef } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { ImageCache } from '@educloud/images';
import type { Logger } from '@educloud/log';
import type { DiskTool } from './drivers/disk/interface.ts';
import type { Hypervisor } from './drivers/hypervisor/interface.ts';
import type { ImageCopy } from './drivers/image-copy/interface.ts';
import type { Guards } from './network/guards.ts';
import type { NodePaths } from './paths.ts';

export interface Deps {
  paths: NodePaths;
  hypervisor: Hypervisor;
  /** Of the taps of bridged cards. */
  guards: Guards;
  /** IPv4 address at which forwarded ports listen; null: none is known. */
  accessIp(): string | null;
  disks: DiskTool;
  copy: ImageCopy;
  /** Checked, read-only image versions, pinned by instance. */
  cache: ImageCache;
  /** What is held here changed in a way the CLC waits for: its inventory is said again soon. */
  heldChanged(): void;
  /** A secret for an instance that was closed for this node. */
  openBox(insId: string, box: string): string;
  /** How many guests run on this host, whoever's they are. */
  guests(): Promise<number>;
  /** @throws the command of the administrator does not work */
  powerOff(): Promise<void>;
  /** Another one after each start of this host. */
  bootId(): Promise<string>;
  now(): number;
  log: Logger;
}

/** A version this instance has pinned. @throws IMAGE_NOT_READY its file is gone: the step must be prepared again */
export function cachedPath(deps: Pick<Deps, 'cache'>, image: ImageRef): string {
  const path = deps.cache.path(image);
  if (!path) throw new CloudError('IMAGE_NOT_READY', say('notInNodeCache', { image: image.imageId, version: image.version }), { retryable: false });
  return path;
}
