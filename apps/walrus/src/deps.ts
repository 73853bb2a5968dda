// Everything a command or route of Walrus may touch.
import type { ImageStatus } from '@educloud/contracts';
import type { Logger } from '@educloud/log';
import type { ImageStore } from './drivers/store/interface.ts';

export interface Deps {
  store: ImageStore;
  outbox: Outbox;
  log: Logger;
}

/** Statuses for the CLC that must arrive, kept on disk until the bus has confirmed them. */
export interface Outbox {
  /** On disk when it resolves. The same version and outcome again replaces what waits. */
  add(status: ImageStatus): Promise<void>;
  /** A confirmed word may still be lost with its queue: what was accepted from then on (epoch ms) is told once more. Who knows it already is not harmed. Never throws. */
  tellAgain(since: number): Promise<void>;
  /** Sends what waits; called after registration and when the bus comes back. */
  drain(): void;
  waiting(): number;
  close(): Promise<void>;
}
