// When an instance is shut down by itself: so long after its start, at fixed times of the week, and when nobody has used it for so long.
import { z } from 'zod';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export const Weekday = z.enum(WEEKDAYS);
export type Weekday = z.infer<typeof Weekday>;

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export const AutoStop = z.strictObject({
  /** Of running, since its last start. */
  afterMinutes: z.number().int().min(1).max(60 * 24 * 30).nullable().default(null),
  /** Of standing idle: nobody at its screen or console, hardly any work for its processors, and hardly anything sent into the network. */
  idleMinutes: z.number().int().min(1).max(60 * 24 * 7).nullable().default(null),
  /** Below it its processors are idle; of one processor, however many it has: somebody who types does not keep more of them busy where there are more. A desktop nobody sits at takes 1-3 % for its clocks and services; somebody who types or reads the web takes more than 5 over a minute. */
  idleCpuPercent: z.number().min(1).max(100).default(5),
  at: z.array(z.strictObject({ days: z.array(Weekday).min(1).max(7), time: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day is HH:MM') })).max(20).default([]),
  /** Where those times are meant, e.g. Asia/Shanghai. */
  zone: z.string().max(64).refine(isZone, 'this is no time zone').default('UTC'),
  /** How long before it is told. */
  warnMinutes: z.number().int().min(0).max(120).default(10),
}).refine((rules) => rules.afterMinutes !== null || rules.idleMinutes !== null || rules.at.length > 0, 'say after how many minutes, of running or of standing idle, or at which times');
export type AutoStop = z.infer<typeof AutoStop>;

/** POST /clc/api/1.0/instances/{id}/extend */
export const ExtendBody = z.strictObject({ minutes: z.number().int().min(1).max(60 * 24).default(60) });
export type ExtendBody = z.input<typeof ExtendBody>;
