// A failure of the command line: one line for the person and an exit code for the script. Also says what is kept and what to do.
import { ERRORS, type Problem, type TaskView, type ErrorCode } from '@educloud/contracts';
import { EXIT, exitForStatus, type ExitCode } from './exit-codes.ts';
import type { Translate } from './language.ts';

export class CliFailure extends Error {
  constructor(readonly exitCode: ExitCode, line: string, readonly problem?: Problem) {
    super(line);
    this.name = 'CliFailure';
  }
}

export const actionFor = (code: string): string => (Object.hasOwn(ERRORS, code) ? ERRORS[code as ErrorCode].action : '');

const sentence = (text: string): string => text.trim().replace(/[.。]?$/, '');

/** What happened; what is kept, where, until when; what to do. */
export function failureLine(t: Translate, parts: { what: string; kept?: { what: string; where: string; until: string } | null; action?: string }): string {
  const kept = parts.kept
    ? t(` Kept: ${parts.kept.what}, ${parts.kept.where}, until ${parts.kept.until}.`, ` 已保留：${parts.kept.what}，位置：${parts.kept.where}，期限：${parts.kept.until}。`)
    : parts.kept === null ? t(' Nothing is kept.', ' 未保留任何内容。') : '';
  const action = parts.action ? t(` What to do: ${sentence(parts.action)}.`, ` 处理办法：${sentence(parts.action)}。`) : '';
  return `${sentence(parts.what)}${t('.', '。')}${kept}${action}`.replace(/\s*\n\s*/g, ' ');
}

/** An error answer of the API as a failure. */
export function problemFailure(t: Translate, problem: Problem): CliFailure {
  const fields = (problem.fields ?? []).map((f) => `${f.field}: ${f.message}`).join('; ');
  const data = problem.data ?? {};
  const kept = typeof data['kept'] === 'string' ? { what: data['kept'], where: String(data['where'] ?? '-'), until: String(data['keptUntil'] ?? '-') } : undefined;
  const what = `${problem.detail || problem.title}${fields ? ` (${fields})` : ''} [${problem.code}]`;
  return new CliFailure(exitForStatus(problem.status), failureLine(t, { what, kept, action: problem.action || actionFor(problem.code) }), problem);
}

/** A step of a task that ended badly. */
export function taskFailure(t: Translate, task: TaskView): CliFailure {
  const code = task.error?.code ?? task.state;
  const again = task.allowed.length > 0 ? t(`then: edu task ${task.allowed.join('|')} ${task.tid}`, `然后：edu task ${task.allowed.join('|')} ${task.tid}`) : '';
  const what = t(`${task.failedStep ?? task.phase} failed: `, `${task.failedStep ?? task.phase} 失败：`) + `${task.error?.message ?? (task.message || task.state)} [${code}]`;
  const action = [sentence(actionFor(code)), again].filter(Boolean).join('; ');
  return new CliFailure(EXIT.taskFailed, failureLine(t, { what, kept: task.kept, action }));
}
