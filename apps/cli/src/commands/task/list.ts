// `edu task list`
import type { Command } from 'commander';
import type { TaskView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { nameOf } from '../../language.ts';
import { humanTime } from '../../output.ts';
import { stateOf } from '../../task-words.ts';

export function addTaskList(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('list').description(t('List tasks.', '列出任务。'))
    .addHelpText('after', examples(cli, 'edu task list', 'edu task list --output json'))
    .action(async (_options, command: Command) => {
      const { api, out } = connect(cli, command);
      out.list(await api.list<TaskView>('/tasks'), [['TID', (x) => x.tid], [t('NAME', '名称'), (x) => x.name], [t('STATE', '状态'), (x) => stateOf(t, x)], ['%', (x) => x.progress], [t('GUEST', '机器'), (x) => nameOf(t, 'vm', x.vmstatus)], [t('OWNER', '所有者'), (x) => x.owner], [t('UPDATED', '更新时间'), (x) => humanTime(x.updatedAt)]]);
    });
}
