// Chooses how images travel, by configuration. Called by main.ts.
import { readFile } from 'node:fs/promises';
import { CloudError } from '@educloud/errors';
import { createHttpCopy } from './http.ts';
import type { ImageCopy } from './interface.ts';
import { createSftpCopy } from './sftp.ts';

export interface ImageCopyConfig {
  kind: 'http' | 'sftp';
  sftpUser: string;
  sftpPort: number;
  sftpPath: string;
  sftpKeyFile: string;
  sftpHostKeySha256: string;
}

export async function loadImageCopy(config: ImageCopyConfig, options: { where: string; reserveBytes: number }): Promise<ImageCopy> {
  if (config.kind === 'http') return createHttpCopy(options);
  if (!config.sftpKeyFile || !config.sftpHostKeySha256) throw new CloudError('CONFIG_INVALID', 'transfer.kind sftp needs transfer.sftpKeyFile and transfer.sftpHostKeySha256');
  const privateKey = await readFile(config.sftpKeyFile, 'utf8').catch((e: unknown) => { throw new CloudError('CONFIG_INVALID', 'transfer.sftpKeyFile cannot be read', { cause: e }); });
  return createSftpCopy({ ...options, port: config.sftpPort, folder: config.sftpPath, user: config.sftpUser, privateKey, hostKeySha256: config.sftpHostKeySha256 });
}
