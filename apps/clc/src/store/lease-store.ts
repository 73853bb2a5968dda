// Who leads, in the database: one row {holder, epoch, expiresAt}, in the database's own time, so that no clock of a controller matters.
// The epoch rises with every taking and never otherwise. It is what tells a leader from one that was replaced (see fence.ts).
import type { Sql, Write } from '@educloud/database';
import type { LeaseStore } from './interface.ts';
import { firstNumber, insertUnlessThere, type Session } from './session.ts';

/** Epoch ms. In UTC: local time has an hour twice a year that is ambiguous. */
const NOW = {
  mariadb: "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000)",
  sqlite: "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
} as const;

export function leaseStore(session: Session): LeaseStore {
  const { sql } = session;
  const now = NOW[sql.kind];
  return {
    async lease() {
      const rows = await sql.rows(`SELECT name, holder, epoch, since, expiresAt - ${now} AS leftMs FROM leases WHERE name IN ('clc', 'standby')`);
      const [raw, standby] = ['clc', 'standby'].map((name) => rows.find((row) => row['name'] === name));
      const holderOf = (row: typeof raw): string | null => (row?.['holder'] as string | null | undefined) ?? null;
      return { holder: holderOf(raw), epoch: Number(raw?.['epoch'] ?? 0), since: Number(raw?.['since'] ?? 0), leftMs: Number(raw?.['leftMs'] ?? 0), standby: Number(standby?.['leftMs'] ?? 0) > 0 ? holderOf(standby) : null };
    },
    takeLease: (holder, ms, own) => session.atomic(async (s) => {
      const free = own ? `(expiresAt <= ${now} OR holder = ?)` : `expiresAt <= ${now}`;
      const taken = await s.sql.run(`UPDATE leases SET holder = ?, epoch = epoch + 1, since = ${now}, expiresAt = ${now} + ? WHERE name = 'clc' AND ${free}`, [holder, ms, ...(own ? [holder] : [])]);
      // The row is ours until the commit: this is the number we made.
      return taken === 0 ? null : firstNumber(await s.sql.first("SELECT epoch FROM leases WHERE name = 'clc'"));
    }),
    renewLease: async (epoch, ms) => (await sql.run(`UPDATE leases SET expiresAt = ${now} + ? WHERE name = 'clc' AND epoch = ?`, [ms, epoch])) > 0,
    async standBy(holder, ms) {
      const said = (): Promise<number> => sql.run(`UPDATE leases SET holder = ?, expiresAt = ${now} + ? WHERE name = 'standby'`, [holder, ms]);
      // Made by whoever is the first to say so; of two at once one says it again in a moment.
      if ((await said()) === 0) await insertUnlessThere(session, { text: "INSERT INTO leases (name, holder, epoch, since, expiresAt) VALUES ('standby', ?, 0, 0, 0)", params: [holder] }).then(said);
    },
    async releaseLease(epoch) {
      await sql.run("UPDATE leases SET expiresAt = 0 WHERE name = 'clc' AND epoch = ?", [epoch]);
    },
  };
}

const LEADS = "FROM leases WHERE name = 'clc' AND epoch = ?";

/** Whether the epoch still leads; it does until the end of the transaction that asks, because whoever wants to take the lease waits for that. */
export const leads = async (sql: Sql, epoch: number): Promise<boolean> => (await sql.first(`SELECT epoch ${LEADS}${sql.forShare}`, [epoch])) !== undefined;

/** The same, asked with the commit. */
export const leading = (epoch: number): Pick<Write, 'text' | 'params' | 'check'> => ({ text: LEADS, params: [epoch], check: true });
