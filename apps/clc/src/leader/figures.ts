// Figures of leading for /metrics.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Leadership } from './leadership.ts';

export function leaderFigures(registry: Registry, leadership: Pick<Leadership, 'state'>): { refused(by: 'clock' | 'database'): void } {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({ name, help, registers: [registry], collect() { this.set(read()); } });
  };
  gauge('educloud_clc_leader', '1 while this cloud controller leads, 0 while it follows.', () => (leadership.state().role === 'leader' ? 1 : 0));
  gauge('educloud_clc_leader_epoch', 'Epoch of the present leader, as far as this one knows.', () => leadership.state().epoch);
  gauge('educloud_clc_leader_since_seconds', 'When that epoch began, in seconds since 1970.', () => (leadership.state().since ?? 0) / 1000);
  const refusals = new Counter({ name: 'educloud_clc_refused_changes_total', help: 'Changes refused because this one did not lead any more, by its own clock or by the database.', labelNames: ['by'], registers: [registry] });
  return { refused: (by) => refusals.inc({ by }) };
}
