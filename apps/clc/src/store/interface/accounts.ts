// What is kept of people, their sessions and the keys of their requests, and the only ways to change it. Part of ../interface.
import type { UserRole } from '@educloud/contracts';

/** Somebody who may log in. Names are unique; times are epoch ms here and in every store. */
export interface UserRow { name: string; role: UserRole; passwordHash: string; createdAt: number; disabled: boolean }
/** A browser that is logged in, or a token of the API. */
export interface SessionRow {
  /** sha256 of the session id or token; the secret itself is nowhere. */
  idHash: string; user: string; csrfHash: string; createdAt: number; expiresAt: number;
}
/** A request that may come again under its key, and what it was answered. `status` 0: it is under way. */
export interface IdempotencyRow { key: string; user: string; requestHash: string; status: number; location: string | null; body: unknown; createdAt: number }

/** One try under an Idempotency-Key: `createdAt` is when the try began, and tells it from a later one that took the key over. */
export type KeyClaim = Pick<IdempotencyRow, 'key' | 'user' | 'createdAt'>;

export interface AccountStore {
  user(name: string): Promise<UserRow | null>;
  countUsers(): Promise<number>;
  /** By name. */
  users(): Promise<UserRow[]>;
  /** With all sessions, in one. Locks the administrators: two who delete each other do not both succeed. */
  deleteUser(name: string): Promise<'deleted' | 'absent' | 'last-admin'>;
  /** False: the name is taken. */
  insertUser(row: UserRow): Promise<boolean>;
  /** False: there is no such person. */
  setPasswordHash(name: string, hash: string): Promise<boolean>;
  insertSession(row: SessionRow): Promise<void>;
  session(idHash: string): Promise<SessionRow | null>;
  /** The session and whose it is, in one read: every request asks. */
  sessionOf(idHash: string): Promise<{ expiresAt: number; user: Pick<UserRow, 'name' | 'role' | 'disabled'> } | null>;
  /** False: it is gone (revoked meanwhile); it is never brought back. */
  extendSession(idHash: string, expiresAt: number): Promise<boolean>;
  deleteSession(idHash: string): Promise<void>;
  deleteSessionsOf(user: string): Promise<void>;
  deleteExpiredSessions(now: number): Promise<number>;
  /** Inserts with status 0 (under way); null = inserted, else the row that is there. */
  claimIdempotencyKey(row: IdempotencyRow): Promise<IdempotencyRow | null>;
  /** CAS: still under way by that claim → by a new one of `createdAt`. False: somebody was faster, or it has an answer. */
  takeOverIdempotencyKey(claim: KeyClaim, createdAt: number): Promise<boolean>;
  /** CAS, in the transaction that takes the order: under way by this claim → answered. */
  answerIdempotencyKey(claim: KeyClaim, answer: { status: number; location: string }): Promise<boolean>;
  /** The whole answer, as long as nobody took the key over. */
  finishIdempotencyKey(claim: KeyClaim, answer: { status: number; location: string | null; body: unknown }): Promise<void>;
  /** Unless an order was taken under it; one that is too old in any case. */
  dropIdempotencyKey(claim: KeyClaim & { status?: number }): Promise<void>;
  deleteOldIdempotencyKeys(before: number): Promise<number>;
}
