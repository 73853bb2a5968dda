// A one-use, short-lived address of a guest's screen or serial console. The browser's WebSocket ends at the CLC, which goes on to the CC, and that to the node.
import { CloudError } from '@educloud/errors';
import { hasScreen, say, statusOf, type ConsoleBody, type ConsoleGrant } from '@educloud/contracts';
import type { Deps } from '../deps.ts';
import type { TaskRow, UserInstanceRow } from '../store/interface.ts';

export const CONSOLE_TICKET_MS = 60_000;

export async function openConsole(deps: Deps, task: TaskRow, asked: ConsoleBody): Promise<ConsoleGrant> {
  if (task.state !== 'running' && task.state !== 'stopping') throw new CloudError('GUEST_NOT_RUNNING', say('guestNotRunning', { phase: task.phase, state: task.state }), { data: { phase: task.phase, state: task.state } });
  return grant(deps, asked, task.insId, task.ncId);
}

export async function openInstanceConsole(deps: Deps, row: UserInstanceRow, asked: ConsoleBody): Promise<ConsoleGrant> {
  if (!hasScreen(row)) throw new CloudError('GUEST_NOT_RUNNING', say('instanceNotRunning', { status: statusOf(row) }), { data: { status: statusOf(row), vmState: row.vmState, taskState: row.taskState } });
  requireScreenOpen(row);
  return grant(deps, asked, row.id, (await deps.store.read.instances.instance(row.id))?.ncId ?? null);
}

/** @throws SCREEN_CLOSED */
export function requireScreenOpen({ id, definition }: Pick<UserInstanceRow, 'id' | 'definition'>): void {
  if (definition.accessMode === 'services') throw new CloudError('SCREEN_CLOSED', say('screenClosed', { instance: id }));
}

async function grant(deps: Deps, { channel, tail }: ConsoleBody, insId: string, ncId: string | null): Promise<ConsoleGrant> {
  const nc = ncId ? await deps.store.read.daemons.daemon(ncId) : null;
  if (!nc) throw new CloudError('NODE_UNREACHABLE', say('nodeOfGuestGone'));
  const ticket = deps.sign(
    { action: 'console', channel, tail, insId, ncId: nc.id, ncUrl: nc.url, epoch: nc.epoch, nonce: Buffer.from(deps.random(12)).toString('base64url') },
    CONSOLE_TICKET_MS,
  );
  return { url: `/clc/api/1.0/console/${ticket}`, expiresAt: deps.now() + CONSOLE_TICKET_MS };
}
