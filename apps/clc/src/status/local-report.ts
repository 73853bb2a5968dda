// lvdreport: what local desktops a host has, and what was run there, perhaps long ago and without us. Told twice it counts once.
import { LocalReport, type Envelope } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { LocalDesktopRow, Store } from '../store/interface.ts';

export async function onLocalReport(deps: { store: Store; now(): number }, envelope: Envelope): Promise<void> {
  const parsed = LocalReport.safeParse(envelope.body);
  const { source } = envelope;
  if (!parsed.success || !source) throw new CloudError('MESSAGE_INVALID', `lvdreport ${envelope.id}: ${parsed.error?.issues[0]?.message ?? 'no source'}`);
  const { desktops, uses } = parsed.data;
  const at = { epoch: source.epoch, seq: envelope.seq };
  await deps.store.transaction(async (tx) => {
    const named = [...new Set([...desktops, ...uses].map(({ insId }) => insId))];
    // A host speaks of local desktops alone; of those long forgotten nobody asks any more.
    const local = new Set((await tx.userInstances.userInstancesByIds(named)).filter((row) => row.kind === 'lvd').map((row) => row.id));
    const rows = desktops.filter(({ insId }) => local.has(insId)).map((one) => ({ ...one, hostId: source.node, ...at, at: deps.now() }));
    const before = new Map((await tx.local.localDesktopsAt(source.node)).map((row) => [row.insId, shown(row)]));
    await tx.local.putLocalDesktops(source.node, rows, at);
    const after = new Map((await tx.local.localDesktopsAt(source.node)).map((row) => [row.insId, shown(row)]));
    await tx.userInstances.tellUserInstances([...new Set([...before.keys(), ...after.keys()])].filter((id) => before.get(id) !== after.get(id)));
    for (const use of uses.filter(({ insId }) => local.has(insId))) await tx.local.putLocalUse({ ...use, hostId: source.node, createdAt: use.startedAt });
  });
}

/** How far a copy is moves all the time; whoever looks again sees it. */
const shown = ({ state, synced, syncing, madeFrom, user }: LocalDesktopRow): string => [state, synced, syncing === null, madeFrom, user].join(' ');
