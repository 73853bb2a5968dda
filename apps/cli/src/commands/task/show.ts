// `edu task show TID`
import type { Command } from 'commander';
import type { TaskView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { actionFor } from '../../failure.ts';
import type { Translate } from '../../language.ts';
import { humanBytes, humanTime, type Output } from '../../output.ts';
import { taskAddress, type TaskAddress } from '../../values.ts';

export function showTask(task: TaskView, out: Output, t: Translate): void {
  const none: [string, unknown][] = [];
  out.one(task, [
    [t('task', '任务'), task.tid], [t('kind', '类型'), task.kind], [t('name', '名称'), task.name],
    [t('state', '状态'), `${task.phase}/${task.state} ${task.progress}%`], [t('guest', '虚拟机'), task.vmstatus],
    [t('message', '消息'), task.message], [t('allowed now', '当前可执行'), task.allowed.join(', ')],
    [t('node', '节点'), task.ncId], [t('placement', '放置'), task.placement?.summary],
    ...(task.aURL ? [[t('access', '访问地址'), task.aURL] as [string, unknown]] : none),
    ...(task.error ? [[t('error', '错误'), `${task.failedStep ?? ''} ${task.error.message} [${task.error.code}]`], [t('what to do', '处理办法'), actionFor(task.error.code)]] as [string, unknown][] : none),
    ...(task.kept ? [[t('kept', '已保留'), `${task.kept.what}; ${task.kept.where}; ${t('until', '直到')} ${task.kept.until}`] as [string, unknown]] : none),
    ...(task.result ? [[t('result', '结果'), `${task.result.imageId} v${task.result.version} ${humanBytes(task.result.sizeBytes)}`], ['sha256', task.result.sha256]] as [string, unknown][] : none),
    [t('owner', '所有者'), task.owner], [t('updated', '更新时间'), humanTime(task.updatedAt)],
  ]);
}

export function addTaskShow(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('show').description(t('Show one task with all it went through.', '显示一个任务。'))
    .argument('<tid>', t('task id', '任务 id'), taskAddress)
    .addHelpText('after', examples(cli, 'edu task show img-1a2b3c4d:img-5e6f7a8b:ins-9c0d1e2f', 'edu task show TID --output yaml'))
    .action(async (task: TaskAddress, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      const view = await api.get<TaskView>(`/tasks/${encodeURIComponent(task.tid)}`);
      showTask(view, out, t);
      if (out.form !== 'table') return;
      const jobs = view.plans.flatMap((p) => p.jobs.map((j) => ({ ...j, step: p.step })));
      if (jobs.length === 0) return;
      cli.stdout.write('\n');
      out.list(jobs, [[t('STEP', '步骤'), (j) => j.step], [t('JOB', '作业'), (j) => j.name], [t('WHO', '执行者'), (j) => j.role], [t('STATE', '状态'), (j) => j.state], [t('TOOK', '耗时'), (j) => (j.startedAt && j.endedAt ? `${((j.endedAt - j.startedAt) / 1000).toFixed(1)} s` : null)], [t('ERROR', '错误'), (j) => j.error?.message]]);
    });
}
