// The numbers of a system account, read from /etc/passwd. Called at start for the account QEMU runs as.
import { readFile } from 'node:fs/promises';
import { CloudError } from '@educloud/errors';

/** @throws CONFIG_INVALID there is no such account */
export async function accountOf(name: string, passwdFile = '/etc/passwd'): Promise<{ uid: number; gid: number }> {
  const line = (await readFile(passwdFile, 'utf8')).split('\n').find((l) => l.startsWith(`${name}:`));
  const [, uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new CloudError('CONFIG_INVALID', `hypervisor.qemuUser: there is no account ${name}`);
  return { uid: Number(uid), gid: Number(gid) };
}
