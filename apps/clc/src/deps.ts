// Everything a command of the CLC may touch. Handed in by main.ts; commands import nothing else of ours but contracts and errors.
import type { Logger } from '@educloud/log';
import type { ConsoleTicket, DownloadTicket, LeaseTicket, RandomBytes, RankReply, RankRequest, ScreenshotTicket, SerialLogTicket, UploadTicket } from '@educloud/contracts';
import type { ProgressCache } from '@educloud/progress';
import type { SagaOrders } from '@educloud/saga';
import type { NodesHave } from './jobs/nodes-have.ts';
import type { DaemonRow, Store, Tx } from './store/interface.ts';

export type SignedClaims = UploadTicket | DownloadTicket | ConsoleTicket | LeaseTicket | ScreenshotTicket | SerialLogTicket | { action: 'cluster/call'; ccId: string };

/** What the plans need while they run. */
export interface PlanDeps {
  store: Store;
  now(): number;
  sign(claims: SignedClaims, ttlMs: number): string;
  /** Asks a cluster's controller which of its nodes could take it. */
  rank(cc: DaemonRow, request: RankRequest): Promise<RankReply>;
  limits: { maxVirtualBytes: number; maxUploadBytes: number; slowestBytesPerSecond: number; stopGraceMs: number; startMs: number; uploadMs: number; /** How long nobody gets an address that was given back. */ quarantineMs: number; /** A node that said nothing of a guest for so long is silent: nobody knows whether the guest is used. */ guestSilentMs: number };
  /** What is known of the nodes' caches. */
  nodesHave: NodesHave;
  log: Logger;
}

export interface Deps extends PlanDeps {
  /** Of the engine while this controller leads, else of the desk. */
  saga: SagaOrders<Tx>;
  /** In the transaction that takes an order about a task, or makes what will stand at `location`: the same request, repeated, is answered with that. */
  accepted(tx: Tx, order: ({ tid: string } | { location: string }) & { status: 201 | 202 }): Promise<void>;
  /** A batch was committed: whoever leads begins it. */
  lookForBatches(): void;
  /** After the commit that closed ways: its cluster controller looks at once what is to be true. Not heard, it looks by itself within a minute. */
  tellCluster(ccId: string): void;
  progress: ProgressCache;
  random: RandomBytes;
}
