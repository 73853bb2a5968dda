// Everything a command of the NC may touch.
import type { ImageCache } from '@educloud/images';
import type { Logger } from '@educloud/log';
import type { DiskTool } from './drivers/disk/interface.ts';
import type { Hypervisor } from './drivers/hypervisor/interface.ts';
import type { ImageCopy } from './drivers/image-copy/interface.ts';
import type { NodePaths } from './paths.ts';

export interface Deps {
  paths: NodePaths;
  hypervisor: Hypervisor;
  disks: DiskTool;
  copy: ImageCopy;
  /** Checked, read-only image versions, pinned by instance. */
  cache: ImageCache;
  now(): number;
  log: Logger;
}
