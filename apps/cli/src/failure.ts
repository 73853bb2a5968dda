// A failure of the command line: one line for the person, a problem (RFC 9457) for the program, an exit code for the script. Says also what is kept and what to do.
import { errorWords, type Kept, type Problem, type Step, type TaskView } from '@educloud/contracts';
import { EXIT, exitForStatus, type ExitCode } from './exit-codes.ts';
import { nameOf, told, type Translate } from './language.ts';

/** Codes that `edu` itself gives, beside those of the table of errors. Documented in docs/cli.md; scripts rely on them. */
export type OwnCode = 'USAGE' | 'UNREACHABLE' | 'LOCAL_FILE' | 'TIMEOUT' | 'INTERRUPTED' | 'AMBIGUOUS_NAME' | 'IMAGE_REFUSED' | 'BATCH_FAILURES' | 'FAILED';

export interface Failure {
  code: string;
  what: string;
  /** null: nothing is kept, which is said too. */
  kept?: { what: string; where: string; until: string } | null | undefined;
  action?: string;
}

const sentence = (text: string): string => text.trim().replace(/[.。]?$/, '');

/** What happened; what is kept, where, until when; what to do. */
export function failureLine(t: Translate, { code, what, kept, action }: Failure): string {
  const keeps = kept
    ? t(` Kept: ${kept.what}, ${kept.where}, until ${kept.until}.`, `已保留：${kept.what}，位置：${kept.where}，期限：${kept.until}。`)
    : kept === null ? t(' Nothing is kept.', '未保留任何内容。') : '';
  const todo = action ? t(` What to do: ${sentence(action)}.`, `处理办法：${sentence(action)}。`) : '';
  return `${sentence(what)} [${code}]${t('.', '。')}${keeps}${todo}`.replace(/\s*\n\s*/g, ' ');
}

export class CliFailure extends Error {
  /** For `--output json` and `yaml`. */
  readonly problem: Problem & { exitCode: number; kept?: Failure['kept'] };

  constructor(readonly exitCode: ExitCode, t: Translate, failure: Failure & { code: OwnCode | (string & {}) }, answer?: Problem) {
    super(failureLine(t, failure));
    this.name = 'CliFailure';
    const own: Problem = { type: `urn:educloud:error:${failure.code}`, title: failure.what, status: 0, detail: failure.what, code: failure.code, retryable: exitCode === EXIT.unavailable, action: failure.action ?? '' };
    this.problem = { ...(answer ?? own), action: failure.action ?? answer?.action ?? '', ...(failure.kept === undefined ? {} : { kept: failure.kept }), exitCode };
  }
}

export const actionFor = (t: Translate, code: string): string => errorWords(code, t.language)?.action ?? '';

const LIST_OF: Record<string, string> = { noTask: 'edu task list', noImage: 'edu image list', noImageNamed: 'edu image list', noDaemon: 'edu host list', severalDaemons: 'edu host list', noUser: 'edu user list', noVmType: 'edu vmtype list', noOsType: 'edu ostype list', noInstance: 'edu instance list', noCluster: 'edu host list', noBatch: 'edu batch list' };

/** What a request was about. */
export interface Asked { url: string; tid: string | null; instance?: string | null }

/** The command that helps, where the command line knows it better than the cloud, which speaks to pages and programs too. */
function commandFor(t: Translate, problem: Problem, asked: Asked): string | null {
  const { code, data, why } = problem;
  if (code === 'UNAUTHENTICATED') return `edu login --url ${asked.url} --user ${t('NAME', '用户名')}`;
  const allowed = data?.['allowed'];
  if (asked.tid && Array.isArray(allowed) && allowed.length > 0) return `edu task ${(allowed as Step[]).join('|')} ${asked.tid}`;
  if (asked.instance && Array.isArray(allowed) && allowed.length > 0) return `edu instance ${(allowed as string[]).map((a) => (a === 'modify' ? 'set' : a)).join('|')} ${asked.instance}`;
  if (code !== 'NOT_FOUND' || !why) return null;
  if (why.code === 'noSerialLog' && asked.instance) return `edu instance run ${asked.instance} --wait`;
  const list = why.code === 'noVersion' ? `edu image versions ${String(why.args?.['image'])}` : LIST_OF[why.code];
  return list ? t(`see ${list}`, `查看 ${list}`) : null;
}

/** What a problem says: the wrong fields where there are any, else the detail. */
export function problemWords(t: Translate, problem: Problem): string {
  const fields = (problem.fields ?? []).map((field) => `${field.field}: ${told(t, field.why, field.message)}`);
  if (fields.length > 0) return fields.join(t('; ', '；'));
  const detail = told(t, problem.why, problem.detail || problem.title);
  const meaning = t.language === 'zh' && !problem.why ? errorWords(problem.code, 'zh')?.meaning : undefined;
  return meaning ? `${sentence(meaning)}：${detail}` : detail;
}

const adviceOf = (t: Translate, problem: Problem): string => (problem.todo ? told(t, problem.todo, problem.action) : t.language === 'en' && problem.action ? problem.action : actionFor(t, problem.code) || problem.action);

/** An error answer of the API as a failure. */
export function problemFailure(t: Translate, problem: Problem, asked: Asked): CliFailure {
  const data = problem.data ?? {};
  const kept = typeof data['kept'] === 'string' ? { what: data['kept'], where: String(data['where'] ?? '-'), until: String(data['keptUntil'] ?? '-') } : undefined;
  const action = commandFor(t, problem, asked) ?? adviceOf(t, problem);
  return new CliFailure(exitForStatus(problem.status), t, { code: problem.code, what: problemWords(t, problem), kept, action }, problem);
}

/** What is kept after a failure, in words; null: nothing. */
export const keptWords = (t: Translate, kept: Kept | null): Failure['kept'] =>
  kept === null ? undefined : kept.what === 'nothing' ? null : { what: told(t, kept.said?.what, kept.what), where: told(t, kept.said?.where, kept.where), until: told(t, kept.said?.until, kept.until) };

/** A step of a task that ended badly. */
export function taskFailure(t: Translate, task: TaskView): CliFailure {
  const code = task.error?.code ?? task.state;
  const again = task.allowed.length > 0 ? t(`then: edu task ${task.allowed.join('|')} ${task.tid}`, `然后：edu task ${task.allowed.join('|')} ${task.tid}`) : '';
  const failed = task.failedStep ? nameOf(t, 'step', task.failedStep) : nameOf(t, 'phase', task.phase);
  const why = task.error ? told(t, task.error.why, task.error.message) : told(t, task.said, task.message) || nameOf(t, 'state', task.state);
  const advice = task.error?.todo ? told(t, task.error.todo, '') : actionFor(t, code);
  return new CliFailure(EXIT.taskFailed, t, {
    code, what: t(`${failed} failed: ${why}`, `${failed}失败：${why}`), kept: keptWords(t, task.kept), action: [sentence(advice), again].filter(Boolean).join(t('; ', '；')),
  });
}
