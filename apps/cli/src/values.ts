// Parsers of option values, used by the commands as commander's argument parsers.
import { InvalidArgumentError } from 'commander';
import { BatchId, splitTaskId, type TaskId } from '@educloud/contracts';
import type { Translate } from './language.ts';

const UNITS: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** `20G`, `512MiB`, `1073741824` → bytes */
export const bytes = (t: Translate) => (text: string): number => {
  const m = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  const value = m ? Number(m[1]) * UNITS[m[2]!.toLowerCase()]! : NaN;
  if (!Number.isSafeInteger(Math.round(value)) || value <= 0) throw new InvalidArgumentError(t('a size looks like 20G or 512M', '大小的写法：20G 或 512M'));
  if (m?.[2] === '' && value < UNITS['m']!) throw new InvalidArgumentError(t(`a bare number is bytes: ${text}G or ${text}M is meant?`, `不带单位为字节：是否指 ${text}G 或 ${text}M？`));
  return Math.round(value);
};

/** `90`, `90s`, `10m`, `2h` → milliseconds */
export const duration = (t: Translate) => (text: string): number => {
  const m = /^(\d+)(s|m|h)?$/.exec(text.trim());
  if (!m) throw new InvalidArgumentError(t('a time looks like 90s, 10m or 2h; a bare number is seconds', '时间的写法：90s、10m 或 2h；不带单位为秒'));
  return Number(m[1]) * { s: 1000, m: 60_000, h: 3_600_000 }[(m[2] ?? 's') as 's' | 'm' | 'h'];
};

export const wholeNumber = (t: Translate) => (text: string): number => {
  if (!/^\d+$/.test(text) || Number(text) < 1) throw new InvalidArgumentError(t('a whole number from 1 is needed', '需要从 1 开始的整数'));
  return Number(text);
};

export const wholeNumberOrNone = (t: Translate) => (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(t('a whole number from 0 is needed', '需要从 0 开始的整数'));
  return Number(text);
};

/** Of this machine; 0 = any free one. */
export const port = (t: Translate) => (text: string): number => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError(t('a port is a number from 0 to 65535', '端口是 0 到 65535 的数字'));
  return Number(text);
};

export interface TaskAddress { tid: string; kind: 'create' | 'modify'; src: string; dst: string; ins: string }
export const taskAddress = (tid: TaskId): TaskAddress => {
  const parts = splitTaskId(tid);
  return { tid, kind: parts.src === parts.dst ? 'modify' : 'create', ...parts };
};

export const batchId = (t: Translate) => (text: string): string => {
  if (!BatchId.safeParse(text).success) throw new InvalidArgumentError(t('a batch id looks like bat-1a2b3c4d; see edu batch list', '批次 id 的写法：bat-1a2b3c4d；查看 edu batch list'));
  return text;
};

export const timeoutHelp = (t: Translate): string => t('give up waiting after this time (90 or 90s, 10m, 2h); the task goes on', '等待的最长时间（90 或 90s、10m、2h）；任务会继续');
export const goesOnHelp = (t: Translate): string => t('give up waiting after this time (90 or 90s, 10m, 2h); what is under way goes on', '等待的最长时间（90 或 90s、10m、2h）；操作会继续');
