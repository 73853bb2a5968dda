// Everything a command of the CC may touch.
import type { ImageCache, SendOptions, Uploads } from '@educloud/images';
import type { Logger } from '@educloud/log';
import type { NetworkKeeper } from './network/keeper.ts';

export interface Deps {
  /** Image versions near the nodes, pinned by instance. */
  cache: ImageCache;
  /** Flattened disks on their way from a node to the store. */
  staging: Uploads;
  /** Sends a finished file on, resuming where the receiver stands. */
  send(options: SendOptions): Promise<void>;
  /** Forwards, public addresses and DHCP of this cluster. */
  network: NetworkKeeper;
  /** Wakes the host with this network card. */
  call(mac: string): Promise<void>;
  log: Logger;
}
