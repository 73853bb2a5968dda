// `edu batch list`
import { Option, type Command } from 'commander';
import { BATCH_STATES, type BatchView } from '@educloud/contracts';
import { countsLine } from '../../batch-wait.ts';
import { connect, examples, type Cli } from '../../cli.ts';
import { nameOf } from '../../language.ts';
import { humanTime } from '../../output.ts';

export function addBatchList(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('list').description(t('List batches: your own, for administrators all of them.', '列出批次：自己的；管理员可见全部。'))
    .addOption(new Option('--state <state>', t('only those in this state', '只列出此状态的')).choices(BATCH_STATES))
    .addHelpText('after', examples(cli, 'edu batch list', 'edu batch list --state running -o json'))
    .action(async (options: { state?: string }, command: Command) => {
      const { api, out } = connect(cli, command);
      out.list(await api.list<BatchView>(`/batches${options.state ? `?state=${options.state}` : ''}`), [
        ['ID', (b) => b.id], [t('ACTION', '操作'), (b) => nameOf(t, 'batchAction', b.action)], [t('NAME', '名称'), (b) => b.name], [t('STATE', '状态'), (b) => nameOf(t, 'batchState', b.state)],
        [t('INSTANCES', '实例'), (b) => countsLine(t, b)], [t('OWNER', '所有者'), (b) => b.owner], [t('BEGUN', '开始时间'), (b) => humanTime(b.createdAt)],
      ]);
    });
}
