// `edu task watch TID`: follows the step under way.
import type { Command } from 'commander';
import { connect, examples, type Cli } from '../../cli.ts';
import { waitForTask } from '../../task-wait.ts';
import { duration, timeoutHelp } from '../../values.ts';
import { showTask } from './show.ts';

export function addTaskWatch(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('watch').description(t('Follow a task until its step has ended.', '跟踪任务直到当前步骤结束。'))
    .argument('<task>', t('task id, or the name of its image', '任务 id，或其镜像的名称'))
    .option('--timeout <time>', timeoutHelp(t), duration(t))
    .addHelpText('after', examples(cli, 'edu task watch img-1a2b3c4d:img-5e6f7a8b:ins-9c0d1e2f'))
    .action(async (given: string, options: { timeout?: number }, command: Command) => {
      const { api, out } = connect(cli, command);
      const task = await api.task(given);
      const ended = await waitForTask(api, { tid: task.tid, step: null, timeoutMs: options.timeout ?? null, out, t });
      if (ended) showTask(ended, out, t);
    });
}
