// `edu task show TID`
import type { Command } from 'commander';
import type { TaskView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { actionFor, keptWords } from '../../failure.ts';
import { nameOf, told, type Translate } from '../../language.ts';
import { humanBytes, humanTime, type Output } from '../../output.ts';
import { nextCommand, percentOf, stateOf } from '../../task-words.ts';

type Rows = [label: string, value: unknown][];

export function showTask(task: TaskView, out: Output, t: Translate): void {
  const { error, placement, result } = task;
  const percent = percentOf(task);
  const kept = keptWords(t, task.kept);
  const next = nextCommand(task);
  const trouble: Rows = error
    ? [[t('error', '错误'), `${task.failedStep ? `${nameOf(t, 'step', task.failedStep)}${t(': ', '：')}` : ''}${told(t, error.why, error.message)} [${error.code}]`], [t('what to do', '处理办法'), told(t, error.todo, actionFor(t, error.code))]]
    : [];
  out.one(task, [
    [t('task', '任务'), task.tid], [t('kind', '类型'), nameOf(t, 'kind', task.kind)], [t('name', '名称'), task.name],
    [t('state', '状态'), stateOf(t, task) + (percent === null ? '' : ` ${percent}%`)], [t('guest', '机器'), nameOf(t, 'vm', task.vmstatus)],
    [t('message', '消息'), told(t, task.said, task.message)], [t('allowed now', '当前可执行'), task.allowed.join(', ')],
    [t('node', '节点'), placement?.candidates.find((c) => c.ncId === task.ncId)?.name ?? task.ncId], [t('placement', '放置'), placement && told(t, placement.why, placement.summary)],
    ...trouble,
    ...(kept ? ([[t('kept', '已保留'), t(`${kept.what}; ${kept.where}; until ${kept.until}`, `${kept.what}；位置：${kept.where}；期限：${kept.until}`)]] as Rows) : []),
    ...(result ? ([[t('result', '结果'), `${result.imageId} v${result.version} ${humanBytes(result.sizeBytes)}`], ['sha256', result.sha256]] as Rows) : []),
    [t('owner', '所有者'), task.owner], [t('updated', '更新时间'), humanTime(task.updatedAt)],
    ...(next ? ([[t('next', '下一步'), next]] as Rows) : []),
  ]);
}

export function addTaskShow(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('show').description(t('Show one task with all it went through.', '显示一个任务及其经过。'))
    .argument('<task>', t('task id, or the name of its image', '任务 id，或其镜像的名称'))
    .addHelpText('after', examples(cli, 'edu task show img-1a2b3c4d:img-5e6f7a8b:ins-9c0d1e2f', 'edu task show TID --output yaml'))
    .action(async (given: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      const task = await api.task(given);
      const view = await api.get<TaskView>(`/tasks/${encodeURIComponent(task.tid)}`);
      showTask(view, out, t);
      if (out.form !== 'table') return;
      const jobs = view.plans.flatMap((p) => p.jobs.map((j) => ({ ...j, step: p.step })));
      if (jobs.length > 0) {
        cli.stdout.write('\n');
        out.list(jobs, [
          [t('STEP', '步骤'), (j) => nameOf(t, 'step', j.step)], [t('JOB', '作业'), (j) => nameOf(t, 'job', j.name)], [t('WHO', '执行者'), (j) => nameOf(t, 'role', j.role)], [t('STATE', '状态'), (j) => nameOf(t, 'jobState', j.state)],
          [t('TOOK', '耗时'), (j) => (j.startedAt && j.endedAt ? `${((j.endedAt - j.startedAt) / 1000).toFixed(1)} ${t('s', '秒')}` : null)], [t('ERROR', '错误'), (j) => j.error && told(t, j.error.why, j.error.message)],
        ]);
      }
      const candidates = view.placement?.candidates ?? [];
      if (candidates.length > 0) {
        cli.stdout.write('\n');
        out.list(candidates, [
          [t('NODE', '节点'), (c) => c.name], [t('TAKEN', '选用'), (c) => (c.ncId === view.placement?.nodeId ? t('yes', '是') : t('no', '否'))], [t('WHY', '原因'), (c) => told(t, c.why, c.reason)],
        ]);
      }
    });
}
