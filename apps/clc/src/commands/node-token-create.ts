// Makes a one-use join token for one role, optionally for one name. It is shown once; only its hash is kept.
import type { JoinTokenView, RandomBytes, Role } from '@educloud/contracts';
import { hashSecret, newSecret } from '../accounts/secrets.ts';
import type { DaemonStore } from '../store/interface.ts';

export interface TokenDeps { daemons: Pick<DaemonStore, 'insertJoinToken'>; now(): number; random: RandomBytes }

export async function createJoinToken(deps: TokenDeps, asked: { role: Role; name?: string | undefined; ttlSeconds: number }, createdBy: string): Promise<JoinTokenView> {
  const token = newSecret(deps.random);
  const createdAt = deps.now();
  const row = { hash: hashSecret(token), role: asked.role, name: asked.name ?? null, expiresAt: createdAt + asked.ttlSeconds * 1000, usedAt: null, usedBy: null, createdBy, createdAt };
  await deps.daemons.insertJoinToken(row);
  return { token, role: row.role, name: row.name, expiresAt: row.expiresAt };
}
