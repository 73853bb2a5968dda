// 每个错误的含义与处理办法，来自 contracts 的同一张表。
import { ERRORS_ZH } from '@educloud/contracts';

export const errorsZh: Record<string, readonly [string, string]> = {
  ...Object.fromEntries(Object.entries(ERRORS_ZH).map(([code, entry]) => [code, [entry.meaning, entry.action] as const])),
  OFFLINE: ['云没有应答。', '请检查网络连接后再试。'],
};
