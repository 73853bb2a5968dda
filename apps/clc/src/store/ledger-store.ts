// What is promised on the nodes. The room check and the taking are one UPDATE, so two askers can never both get the last place.
import { marks } from '@educloud/database';
import type { ClaimKind, LedgerStore } from './interface.ts';
import { execute, insertUnlessThere, many, one, type Session } from './session.ts';

const ADD = 'UPDATE ledger_nodes SET usedCpus = usedCpus + ?, usedMemoryMiB = usedMemoryMiB + ?, usedDiskBytes = usedDiskBytes + ? WHERE ncId = ?';
/** What is not asked for is not checked: compute may be claimed where the disk is over its limit, and the other way round. */
const FITS = ' AND (? = 0 OR usedCpus + ? <= limitCpus) AND (? = 0 OR usedMemoryMiB + ? <= limitMemoryMiB) AND (? = 0 OR usedDiskBytes + ? <= limitDiskBytes)';

export function ledgerStore(session: Session): LedgerStore {
  const { ledgerNodes, ledgerClaims } = session.tables;
  const claimRow = (s: Session, insId: string, kind: ClaimKind) => one(s, ledgerClaims, 'insId = ? AND kind = ?', [insId, kind]);
  return {
    async setLimits(ncId, limits) {
      const row = { ncId, limitCpus: limits.cpus, limitMemoryMiB: limits.memoryMiB, limitDiskBytes: limits.diskBytes, usedCpus: 0, usedMemoryMiB: 0, usedDiskBytes: 0 };
      await execute(session, ledgerNodes.upsert(session.sql.kind, row, 'ncId', ['limitCpus', 'limitMemoryMiB', 'limitDiskBytes']));
    },
    claim: (insId, kind, ncId, { cpus, memoryMiB, diskBytes }) => session.atomic(async (s) => {
      const taken = await s.sql.run(ADD + FITS, [cpus, memoryMiB, diskBytes, ncId, cpus, cpus, memoryMiB, memoryMiB, diskBytes, diskBytes]);
      if (taken === 0) return (await claimRow(s, insId, kind))?.ncId === ncId;
      if (await insertUnlessThere(s, ledgerClaims.insert({ insId, kind, ncId, cpus, memoryMiB, diskBytes }))) return true;
      await s.sql.run(ADD, [-cpus, -memoryMiB, -diskBytes, ncId]);
      return (await claimRow(s, insId, kind))?.ncId === ncId;
    }),
    release: (insId, kind) => session.atomic(async (s) => {
      const claim = await claimRow(s, insId, kind);
      if (!claim) return;
      // Of two releases at once only one deletes the row, and only that one gives back.
      if ((await s.sql.run('DELETE FROM ledger_claims WHERE insId = ? AND kind = ?', [insId, kind])) === 0) return;
      await s.sql.run(ADD, [-claim.cpus, -claim.memoryMiB, -claim.diskBytes, claim.ncId]);
    }),
    async claimOf(insId, kind) {
      const claim = await claimRow(session, insId, kind);
      return claim ? { ncId: claim.ncId, diskBytes: claim.diskBytes } : null;
    },
    async usedByNode(ncIds) {
      if (ncIds?.length === 0) return new Map();
      const rows = await many(session, ledgerNodes, ncIds ? `WHERE ncId IN (${marks(ncIds.length)})` : '', ncIds ?? []);
      return new Map(rows.map((n) => [n.ncId, { cpus: n.usedCpus, memoryMiB: n.usedMemoryMiB, diskBytes: n.usedDiskBytes }]));
    },
    async rooms(of, most) {
      if ('ncIds' in of && of.ncIds.length === 0) return [];
      const rows = await many(session, ledgerNodes, `WHERE ${'ccId' in of ? 'ncId IN (SELECT d.id FROM daemons d WHERE d.ccId = ?)' : `ncId IN (${marks(of.ncIds.length)})`} LIMIT ${Math.trunc(most) + 1}`, 'ccId' in of ? [of.ccId] : of.ncIds);
      if (rows.length > most) return null;
      return rows.map((n) => ({ ncId: n.ncId, limits: { cpus: n.limitCpus, memoryMiB: n.limitMemoryMiB, diskBytes: n.limitDiskBytes }, used: { cpus: n.usedCpus, memoryMiB: n.usedMemoryMiB } }));
    },
    async usage(ncId) {
      const n = await one(session, ledgerNodes, 'ncId = ?', [ncId]);
      return n ? {
        limits: { cpus: n.limitCpus, memoryMiB: n.limitMemoryMiB, diskBytes: n.limitDiskBytes },
        used: { cpus: n.usedCpus, memoryMiB: n.usedMemoryMiB, diskBytes: n.usedDiskBytes },
      } : null;
    },
  };
}
