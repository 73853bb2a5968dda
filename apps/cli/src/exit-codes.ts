// What the exit code of `edu` means. Printed by --help and documented in docs/cli.md; scripts rely on it.
import type { Translate } from './language.ts';

export const EXIT = { ok: 0, failed: 1, usage: 2, notFound: 3, notAllowed: 4, conflict: 5, unavailable: 6, taskFailed: 7, timeout: 8, refused: 9, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const exitForStatus = (status: number): ExitCode => {
  if (status === 400 || status === 405 || status === 413 || status === 415) return EXIT.usage;
  if (status === 401 || status === 403) return EXIT.notAllowed;
  if (status === 404) return EXIT.notFound;
  if (status === 409 || status === 412) return EXIT.conflict;
  if (status === 422) return EXIT.refused;
  if (status === 429 || status === 502 || status === 503 || status === 504) return EXIT.unavailable;
  return EXIT.failed;
};

export const exitCodeHelp = (t: Translate): string => [
  t('Exit codes:', '退出码：'),
  t('  0 done   1 failed   2 wrong usage or request   3 not found   4 not logged in or not allowed', '  0 完成   1 失败   2 用法或请求有误   3 未找到   4 未登录或无权限'),
  t('  5 conflict or wrong phase   6 unreachable or unavailable, try again   7 the task step failed', '  5 冲突或阶段不符   6 无法连接或暂不可用，可重试   7 任务步骤失败'),
  t('  8 --timeout ran out (the task goes on)   9 content refused (image, checksum, capacity)   130 interrupted', '  8 超过 --timeout（任务仍在继续）   9 内容被拒绝（镜像、校验和、容量）   130 被中断'),
].join('\n');
