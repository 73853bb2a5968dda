// Makes the first administrator when there is no account yet. Called at every start of the CLC.
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RandomBytes } from '@educloud/contracts';
import type { Logger } from '@educloud/log';
import type { AccountStore } from '../store/interface.ts';
import type { Passwords } from './passwords.ts';

export interface FirstAdminDeps {
  accounts: AccountStore;
  passwords: Passwords;
  random: RandomBytes;
  now(): number;
  log: Logger;
  dataDir: string;
  admin: { user: string; password?: string | undefined };
}

/** @returns the file with the generated password; null when none was generated. */
export async function ensureFirstAdmin(deps: FirstAdminDeps): Promise<{ passwordFile: string | null }> {
  const { accounts, passwords, admin, log } = deps;
  if ((await accounts.countUsers()) > 0) return { passwordFile: null };
  let passwordFile: string | null = null;
  let password = admin.password;
  if (password === undefined) {
    password = Buffer.from(deps.random(18)).toString('base64url');
    passwordFile = join(deps.dataDir, 'admin-password');
    await mkdir(deps.dataDir, { recursive: true });
    // First the file, then the account: a crash in between makes a new password, never an account nobody can open.
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    await chmod(passwordFile, 0o600); // an old file keeps its mode otherwise
  }
  const made = await accounts.insertUser({ name: admin.user, role: 'admin', passwordHash: await passwords.hash(password), createdAt: deps.now(), disabled: false });
  if (made) {
    log.info({ user: admin.user, passwordFile }, 'the first administrator was made');
    return { passwordFile };
  }
  // Another controller on this database was faster: its password counts, and a file with another one would mislead.
  if (passwordFile) await rm(passwordFile, { force: true });
  return { passwordFile: null };
}
