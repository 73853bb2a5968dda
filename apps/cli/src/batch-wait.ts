// Waits until a batch has ended, with one bar for all of it and a line for each that failed. `edu class` and `edu instance run|stop|delete` of several use it.
import type { BatchEvent, BatchView } from '@educloud/contracts';
import type { Api } from './api.ts';
import { CliFailure } from './failure.ts';
import { EXIT } from './exit-codes.ts';
import { nameOf, told, type Translate } from './language.ts';
import { humanTime, type Output } from './output.ts';
import { waitUntilAtRest } from './wait.ts';

type Counted = Pick<BatchView, 'total' | 'counts'>;
export const notDone = ({ counts }: Pick<BatchView, 'counts'>): number => counts.failed + counts.refused;

export const countsLine = (t: Translate, { total, counts }: Counted): string => {
  const trouble = notDone({ counts });
  return t(`${counts.done} of ${total} done`, `已完成 ${counts.done}/${total}`) + (trouble > 0 ? t(`, ${trouble} failed`, `，失败 ${trouble}`) : '');
};

export function showBatch(batch: BatchView, out: Output, t: Translate): void {
  out.one(batch, [
    [t('batch', '批次'), batch.id], [t('action', '操作'), nameOf(t, 'batchAction', batch.action)], ...(batch.name ? ([[t('name', '名称'), batch.name]] as [string, unknown][]) : []),
    [t('state', '状态'), nameOf(t, 'batchState', batch.state) + (batch.state === 'running' ? ` ${batch.progress}%` : '')], [t('instances', '实例'), countsLine(t, batch)],
    [t('owner', '所有者'), batch.owner], [t('begun', '开始时间'), humanTime(batch.createdAt)], [t('ended', '结束时间'), humanTime(batch.endedAt)],
    ...(batch.action === 'define-and-run' && batch.state !== 'running' ? ([[t('next', '下一步'), `edu instance list · edu class stop ${batch.id} · edu class delete ${batch.id}`]] as [string, unknown][]) : []),
  ]);
}

/** A line for each reason why some were refused or failed, with their names. */
export function failedLines(batch: BatchView, t: Translate): string[] {
  const byReason = new Map<string, typeof batch.members>();
  for (const member of batch.members) {
    if (!member.error) continue;
    const reason = `${nameOf(t, 'memberState', member.state)}: ${told(t, member.error.why, member.error.message)} [${member.error.code}]`;
    byReason.set(reason, [...(byReason.get(reason) ?? []), member]);
  }
  return [...byReason].map(([reason, members]) => `${members.length === 1 ? `${members[0]?.id} ${members[0]?.name}` : members.map(({ name }) => name).join(', ')}: ${reason}`);
}

export interface BatchWait { id: string; timeoutMs: number | null; out: Output; t: Translate }

/** Shows it when it has ended. @throws when one of its members is not done, or the time is over */
export async function followBatch(api: Api, { id, timeoutMs, out, t }: BatchWait): Promise<void> {
  const batch = await waitUntilAtRest<BatchView>(api, t, {
    path: `/batches/${id}`, bar: out.bar(t('all together', '总进度')), timeoutMs, underWay: (view) => view.state === 'running', mayBeGone: false, again: `edu batch show ${id}`,
    goesOn: { timeout: t('the time is over; what is under way goes on by itself', '等待超时，操作仍在继续'), interrupted: t('interrupted; what is under way goes on by itself', '已中断，操作仍在继续') },
    show: (view, bar) => bar.update(view.progress, countsLine(t, view)),
    heard(e, bar) {
      const event = e.data as Partial<BatchEvent>;
      if (e.event !== 'batch' || event.id !== id) return false;
      if (event.progress !== undefined && event.counts && event.total) bar.update(event.progress, countsLine(t, { total: event.total, counts: event.counts }));
      return event.state !== 'running';
    },
  }) as BatchView;
  for (const line of failedLines(batch, t)) out.note(line);
  showBatch(batch, out, t);
  if (notDone(batch) > 0) throw new CliFailure(EXIT.taskFailed, t, { code: 'BATCH_FAILURES', what: countsLine(t, batch), action: `edu batch show ${id}` });
}
