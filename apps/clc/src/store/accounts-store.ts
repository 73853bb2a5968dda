// Users, sessions and idempotency keys in the database.
import type { UserRole } from '@educloud/contracts';
import type { AccountStore, KeyClaim } from './interface.ts';
import { change, count, execute, insertUnlessThere, many, one, type Session } from './session.ts';

const THE_CLAIM = '`user` = ? AND `key` = ? AND createdAt = ?';
const claimOf = ({ user, key, createdAt }: KeyClaim): Array<string | number> => [user, key, createdAt];

export function accountStore(session: Session): AccountStore {
  const { sql, tables: { users, sessions, idempotencyKeys } } = session;
  return {
    user: (name) => one(session, users, 'name = ?', [name]),
    countUsers: () => count(session, 'SELECT COUNT(*) FROM users'),
    users: () => many(session, users, 'ORDER BY name', []),
    deleteUser: (name) =>
      session.atomic(async (s) => {
        const admins = await many(s, users, `WHERE role = 'admin' ORDER BY name${s.sql.forUpdate}`, []);
        const gone = await one(s, users, 'name = ?', [name]);
        if (!gone) return 'absent';
        if (gone.role === 'admin' && !admins.some((admin) => admin.name !== name && !admin.disabled)) return 'last-admin';
        await s.sql.run('DELETE FROM users WHERE name = ?', [name]);
        await s.sql.run('DELETE FROM sessions WHERE `user` = ?', [name]);
        return 'deleted';
      }),
    insertUser: (row) => insertUnlessThere(session, users.insert({ ...row })),
    setPasswordHash: (name, hash) => change(session, users, { passwordHash: hash }, 'name = ?', [name]),
    async insertSession(row) {
      await execute(session, sessions.insert({ ...row }));
    },
    async sessionOf(idHash) {
      const raw = await sql.first('SELECT s.expiresAt, u.name, u.role, u.disabled FROM sessions s JOIN users u ON u.name = s.`user` WHERE s.idHash = ?', [idHash]);
      return raw ? { expiresAt: Number(raw[0]), user: { name: String(raw[1]), role: raw[2] as UserRole, disabled: Number(raw[3]) === 1 } } : null;
    },
    session: (idHash) => one(session, sessions, 'idHash = ?', [idHash]),
    extendSession: (idHash, expiresAt) => change(session, sessions, { expiresAt }, 'idHash = ?', [idHash]),
    async deleteSession(idHash) {
      await sql.run('DELETE FROM sessions WHERE idHash = ?', [idHash]);
    },
    async deleteSessionsOf(user) {
      await sql.run('DELETE FROM sessions WHERE `user` = ?', [user]);
    },
    deleteExpiredSessions: (now) => sql.run('DELETE FROM sessions WHERE expiresAt <= ?', [now]),
    async claimIdempotencyKey(row) {
      for (;;) {
        if (await insertUnlessThere(session, idempotencyKeys.insert({ ...row, status: 0 }))) return null;
        const there = await one(session, idempotencyKeys, '`user` = ? AND `key` = ?', [row.user, row.key]);
        // Null: its owner dropped it between our two statements; then it is ours to take.
        if (there) return there;
      }
    },
    takeOverIdempotencyKey: (claim, createdAt) => change(session, idempotencyKeys, { createdAt }, `${THE_CLAIM} AND status = 0`, claimOf(claim)),
    answerIdempotencyKey: (claim, answer) => change(session, idempotencyKeys, answer, `${THE_CLAIM} AND status = 0`, claimOf(claim)),
    async finishIdempotencyKey(claim, answer) {
      await change(session, idempotencyKeys, answer, THE_CLAIM, claimOf(claim));
    },
    async dropIdempotencyKey(claim) {
      await sql.run(`DELETE FROM idempotency_keys WHERE ${THE_CLAIM} AND status = ?`, [...claimOf(claim), claim.status ?? 0]);
    },
    deleteOldIdempotencyKeys: (before) => sql.run('DELETE FROM idempotency_keys WHERE createdAt < ?', [before]),
  };
}
