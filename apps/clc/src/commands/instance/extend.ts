// instance/extend: the shutting down by itself is put off by so many minutes. Counts until it is started anew.
import { say, type ExtendBody } from '@educloud/contracts';
import type { z } from 'zod';
import { nextStop } from '../../auto-stop/decide.ts';
import type { Deps } from '../../deps.ts';
import type { UserInstanceRow } from '../../store/interface.ts';
import { refused } from './define.ts';
import { addressOf, change, lockedInstance, requireAction } from './life.ts';

export async function extendInstance(deps: Deps, id: string, { minutes }: z.output<typeof ExtendBody>): Promise<UserInstanceRow> {
  return deps.store.transaction(async (tx) => {
    // check
    const row = await lockedInstance(tx, id);
    requireAction(row, 'extend');
    const next = row.autoStop && row.startedAt !== null ? nextStop({ autoStop: row.autoStop, startedAt: row.startedAt }) : null;
    if (!next) throw refused('autoStop', say('nothingToExtend'));
    // record
    const from = Math.max(deps.now(), next.at, row.extendedUntil ?? 0, row.autoStopAt ?? 0);
    await deps.accepted(tx, { location: addressOf(id), status: 202 });
    const warned = row.message.code === 'autoStopSoon' || row.message.code === 'autoStopFailed';
    return change(tx, row, null, { extendedUntil: from + minutes * 60_000, autoStopAt: null, ...(warned ? { message: say(row.vmState === 'paused' ? 'instancePaused' : 'instanceRuns') } : {}) });
  });
}
