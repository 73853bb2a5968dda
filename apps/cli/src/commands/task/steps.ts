// `edu task prepare|run|stop|submit|retry|cancel|delete TID`: one request each; they differ only in name and meaning.
import type { Command } from 'commander';
import type { Step, TaskView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { nameOf } from '../../language.ts';
import { waitForTask } from '../../task-wait.ts';
import { duration, timeoutHelp } from '../../values.ts';
import { showTask } from './show.ts';

interface StepOptions { wait?: boolean; timeout?: number; grace?: number; force?: boolean }

export function addTaskSteps(parent: Command, cli: Cli): void {
  const { t } = cli;
  const steps: [Step, string][] = [
    ['prepare', t('Fetch the image to a node and clone the disk.', '将镜像取到节点并克隆磁盘。')],
    ['run', t('Start the guest, to edit it.', '启动机器以便编辑。')],
    ['stop', t('Shut the guest down; forced after the grace time.', '关闭机器；超过宽限时间则强制关闭。')],
    ['submit', t('Make the new image version from the edited disk.', '用编辑后的磁盘生成新的镜像版本。')],
    ['retry', t('Repeat the step that failed.', '重试失败的步骤。')],
    ['cancel', t('Give the task up; the edited disk is lost.', '放弃任务；编辑过的磁盘将丢失。')],
    ['delete', t('Remove the task; cancels it first if needed.', '删除任务；必要时先取消。')],
  ];
  for (const [step, meaning] of steps) {
    const command = parent.command(step).description(meaning)
      .argument('<task>', t('task id, or the name of its image', '任务 id，或其镜像的名称'))
      .option('--wait', t('follow it until it has ended', '等待其结束并显示进度'))
      .option('--timeout <time>', timeoutHelp(t), duration(t))
      .addHelpText('after', examples(cli, `edu task ${step} img-1a2b3c4d:img-5e6f7a8b:ins-9c0d1e2f --wait`));
    if (step === 'stop') command.option('--grace <time>', t('time for a clean shutdown (90 or 90s, 5m)', '正常关机的宽限时间（90 或 90s、5m）'), duration(t)).option('--force', t('power off at once', '立即断电'));
    command.action(async (given: string, options: StepOptions, c: Command) => {
      const { api, out } = connect(cli, c);
      const task = await api.task(given);
      const body = step === 'stop' ? { ...(options.grace === undefined ? {} : { graceSeconds: Math.round(options.grace / 1000) }), ...(options.force ? { force: true } : {}) } : {};
      await api.post(`/image/${task.kind}/task/${step}/${task.src}/${task.dst}/${task.ins}`, body);
      if (!options.wait) {
        out.one({ tid: task.tid, step, accepted: true }, [[t('task', '任务'), task.tid], [t('accepted', '已接受'), nameOf(t, 'step', step)], [t('next', '下一步'), `edu task watch ${task.tid}`]]);
        return;
      }
      const ended: TaskView | null = await waitForTask(api, { tid: task.tid, step, timeoutMs: options.timeout ?? null, out, t });
      if (ended) showTask(ended, out, t);
      else out.one({ tid: task.tid, state: 'deleted' }, [[t('task', '任务'), task.tid], [t('state', '状态'), nameOf(t, 'state', 'deleted')]]);
    });
  }
}
