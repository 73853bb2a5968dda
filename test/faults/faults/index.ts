// Every kind of fault, in the order a seed counts them: new ones go to the end, so that old seeds keep their schedule as long as possible.
import { clock } from './clock.ts';
import { cut, delay, flip, halfOpen, reset, resetAll, thin } from './connection.ts';
import { diskFull } from './disk-full.ts';
import type { Fault } from './interface.ts';
import { kill } from './kill.ts';
import { linkDrop, linkLoss, linkReject, linkSlow } from './link.ts';
import { pause } from './pause.ts';
import { brokerAlarm, brokerKill, dbKill, libvirtdKill, redisFlush, redisKill } from './servers.ts';

export const FAULTS: readonly Fault[] = [
  kill, pause, brokerKill, dbKill, redisKill, redisFlush, brokerAlarm, linkDrop, linkReject, linkLoss, linkSlow,
  delay, thin, reset, halfOpen, cut, resetAll, flip, diskFull, clock, libvirtdKill,
];
