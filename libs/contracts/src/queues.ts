// Names of the queues. One durable quorum queue per daemon for commands; statuses up; beats and progress may be lost.
import type { DaemonId } from './ids.ts';

/** Commands for one daemon. Quorum, durable. */
export const commandQueue = (id: DaemonId | string): string => `cmd.${id.split('-')[0]}.${id}`;
/** Statuses that must arrive, from the nodes of a cluster to their CC (on the cluster's vhost). Quorum. */
export const clusterStatusQueue = (cc: DaemonId | string): string => `status.${cc}`;
/** Statuses that must arrive, from everybody to the CLC (on the CLC's vhost). Quorum. */
export const CLC_STATUS_QUEUE = 'status.clc';
/** Heartbeats and progress: classic, not persistent, TTL 30 s, drop-head. */
export const clusterBeatQueue = (cc: DaemonId | string): string => `beat.${cc}`;
export const CLC_BEAT_QUEUE = 'beat.clc';
/** Where messages end that nobody can use, each with a reason in its headers. Classic, durable, one per vhost. */
export const DEAD_LETTER_QUEUE = 'dlq';
/** Deliveries of one command message before the broker gives up on it. */
export const DELIVERY_LIMIT = 5;
