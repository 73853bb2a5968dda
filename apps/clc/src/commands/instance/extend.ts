// instance/extend: the shutting down by itself is put off by so many minutes. Counts until it is started anew.
import { say, type ExtendBody } from '@educloud/contracts';
import type { z } from 'zod';
import { idleNow, nextStop } from '../../auto-stop/decide.ts';
import type { Deps } from '../../deps.ts';
import type { UserInstanceRow } from '../../store/interface.ts';
import { refused } from './define.ts';
import { addressOf, change, lockedInstance, requireAction, takenBack } from './life.ts';

export async function extendInstance(deps: Deps, id: string, { minutes }: z.output<typeof ExtendBody>): Promise<UserInstanceRow> {
  return deps.store.transaction(async (tx) => {
    // check
    const row = await lockedInstance(tx, id);
    requireAction(row, 'extend');
    if (!row.autoStop) throw refused('autoStop', say('nothingToExtend'));
    const now = deps.now();
    const next = row.startedAt === null ? null : nextStop({ autoStop: row.autoStop, startedAt: row.startedAt, idleSince: idleNow(row, now, deps.limits.guestSilentMs) });
    // record
    const from = Math.max(now, next?.at ?? 0, row.extendedUntil ?? 0, row.autoStopAt ?? 0);
    await deps.accepted(tx, { location: addressOf(id), status: 202 });
    return change(tx, row, null, { ...takenBack(row), extendedUntil: from + minutes * 60_000 });
  });
}
