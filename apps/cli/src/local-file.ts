// Trouble with a file of this machine, in words. Uploads and downloads use it.
import { EXIT } from './exit-codes.ts';
import { CliFailure } from './failure.ts';
import type { Translate } from './language.ts';

const WORDS: Record<string, [english: string, chinese: string]> = {
  ENOENT: ['there is no such file or folder', '没有这个文件或文件夹'],
  EACCES: ['you may not open it', '没有打开它的权限'],
  EPERM: ['you may not open it', '没有打开它的权限'],
  EISDIR: ['it is a folder', '它是文件夹'],
  ENOTDIR: ['a part of its path is not a folder', '路径中有一部分不是文件夹'],
  ENOSPC: ['the disk is full', '磁盘已满'],
  EDQUOT: ['the disk quota is used up', '磁盘配额已用完'],
  EROFS: ['the file system is read-only', '文件系统是只读的'],
};

export const isLocalTrouble = (e: unknown): boolean => Object.hasOwn(WORDS, String((e as NodeJS.ErrnoException | null)?.code));

export function localFileFailure(t: Translate, file: string, e: NodeJS.ErrnoException): CliFailure {
  const words = WORDS[e.code ?? ''];
  const why = words ? t(...words) : `${e.code ?? e.message}`;
  return new CliFailure(EXIT.usage, t, { code: 'LOCAL_FILE', what: `${file}: ${why}`, action: t('check the path and the rights', '检查路径和权限') });
}
