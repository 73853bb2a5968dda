// Waits until nothing is done with an instance any more, showing its progress. `edu instance … --wait` uses it.
import { noteInWords, type InstanceAction, type InstanceEvent, type InstanceProgress, type InstanceView } from '@educloud/contracts';
import type { Api } from './api.ts';
import { actionFor, CliFailure, keptWords } from './failure.ts';
import { EXIT } from './exit-codes.ts';
import { nameOf, told, type Translate } from './language.ts';
import { humanBytes, type Output } from './output.ts';
import { waitUntilAtRest } from './wait.ts';

export const standOf = (t: Translate, i: Pick<InstanceView, 'status' | 'taskState'>): string =>
  `${t.language === 'en' ? i.status : nameOf(t, 'insStatus', i.status)}${i.taskState ? ` (${nameOf(t, 'insTask', i.taskState)})` : ''}`;

export interface InstanceWait { id: string; action: InstanceAction; timeoutMs: number | null; out: Output; t: Translate }

const underWay = (i: InstanceView): boolean => i.taskState !== null && i.taskState !== 'stuck';

/** Returns it at rest. Throws when the action failed or the time is over. */
export async function waitForInstance(api: Api, { id, action, timeoutMs, out, t }: InstanceWait): Promise<InstanceView | null> {
  const view = await waitUntilAtRest<InstanceView>(api, t, {
    path: `/instances/${id}`, bar: out.bar(nameOf(t, 'action', action)), timeoutMs, underWay, mayBeGone: action === 'delete', again: `edu instance show ${id}`,
    goesOn: { timeout: t('the time is over; what is under way goes on by itself', '等待超时，操作仍在继续'), interrupted: t('interrupted; what is under way goes on by itself', '已中断，操作仍在继续') },
    show: (i, bar) => bar.update(i.progress, standOf(t, i)),
    heard(e, bar) {
      const data = e.data as Partial<InstanceEvent & InstanceProgress>;
      if (data.id !== id) return false;
      if (e.event === 'instance-progress') bar.update(data.progress ?? 0, `${nameOf(t, 'job', data.job ?? '')}${data.bytes ? ` ${humanBytes(data.bytes.done)} / ${humanBytes(data.bytes.total)}` : ''}${data.note ? ` ${noteInWords(data.note, t.language)}` : ''}`);
      return e.event === 'instance';
    },
  });
  if (view?.error) throw failureOf(t, view);
  return view;
}

function failureOf(t: Translate, view: InstanceView): CliFailure {
  const error = view.error ?? { code: 'FAILED', message: view.message, retryable: false };
  const advice = error.todo ? told(t, error.todo, '') : actionFor(t, error.code);
  const actions = view.allowed.map((a) => (a === 'modify' ? 'set' : a)).join('|');
  const then = actions ? t(`then: edu instance ${actions} ${view.id}`, `然后：edu instance ${actions} ${view.id}`) : '';
  return new CliFailure(EXIT.taskFailed, t, { code: error.code, what: told(t, view.said, view.message), kept: keptWords(t, view.kept), action: [advice.replace(/[.。]$/, ''), then].filter(Boolean).join(t('; ', '；')) });
}
