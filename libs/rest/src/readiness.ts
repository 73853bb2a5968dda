// What /readyz answers: ready when every check is, and the reasons when not. Each daemon's main hands in its own checks.
import { say, type Readiness } from '@educloud/contracts';

/** Ready when every check is. `reasons`: those that are not, in plain words. */
export function readinessOf(daemon: Pick<Readiness, 'role' | 'version' | 'id' | 'epoch'>, checks: Readiness['checks']): Readiness {
  const reasons = Object.entries(checks).filter(([, check]) => !check.ok).map(([name, check]) => `${name}: ${check.message}`);
  return { ...daemon, ready: reasons.length === 0, reasons, checks };
}

/** A blocked broker takes no commands: that is as bad as none. */
export const busCheck = (bus: { connected: boolean; blocked: boolean; reason: string }): Readiness['checks'][string] => ({
  ok: bus.connected && !bus.blocked,
  message: bus.reason || 'connected',
  ...(bus.connected ? (bus.blocked ? { why: say('brokerAlarm') } : {}) : { why: say('noBroker', { why: bus.reason.replace(/^no connection to the broker: /, '') }) }),
});
