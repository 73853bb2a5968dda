// What `edu vmtype create` and `edu vmtype set` share: the options, and the request they make.
import type { Command } from 'commander';
import type { Translate } from '../../language.ts';
import { bytes, wholeNumber, wholeNumberOrNone } from '../../values.ts';

export interface SizeOptions { memory?: number; cpus?: number; disk?: number; description?: string }

export const withSizes = (command: Command, t: Translate): Command => command
  .option('--memory <size>', t('memory, e.g. 512M or 4G', '内存，例如 512M 或 4G'), bytes(t))
  .option('--cpus <n>', t('processors', '处理器数'), wholeNumber(t))
  .option('--disk <gib>', t('system disk in GiB; 0: as large as the image', '系统盘大小（GiB）；0 表示与镜像相同'), wholeNumberOrNone(t))
  .option('--description <text>', t('what it is for', '说明'));

export const sizesBody = (o: SizeOptions): Record<string, unknown> => ({
  ...(o.memory === undefined ? {} : { memoryMiB: Math.round(o.memory / 1024 ** 2) }), ...(o.cpus === undefined ? {} : { cpus: o.cpus }),
  ...(o.disk === undefined ? {} : { diskGiB: o.disk }), ...(o.description === undefined ? {} : { description: o.description }),
});
