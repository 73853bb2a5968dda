// `edu class stop|delete BATCH`: all machines of a class that was started with `edu class start`.
import { Option, type Command } from 'commander';
import type { BatchView, InstanceView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { EXIT } from '../../exit-codes.ts';
import { CliFailure } from '../../failure.ts';
import { batchId, duration, goesOnHelp } from '../../values.ts';
import { actOnSeveral, type SeveralOptions } from '../instance/several.ts';

export function addClassEnd(parent: Command, cli: Cli): void {
  const { t } = cli;
  for (const [action, meaning] of [['stop', t('Shut all its machines down.', '关闭其全部机器。')], ['delete', t('Delete all its machines with their disks.', '删除其全部机器及磁盘。')]] as const) {
    parent.command(action).description(meaning)
      .argument('<batch>', t('batch id, as `edu class start` gave it', '`edu class start` 给出的批次 id'), batchId(t))
      .addOption(new Option('--wait').default(true).hideHelp())
      .option('--no-wait', t('do not follow it until all have ended', '不等待全部结束'))
      .option('--timeout <time>', goesOnHelp(t), duration(t))
      .addHelpText('after', examples(cli, `edu class ${action} bat-1a2b3c4d`))
      .action(async (id: string, options: SeveralOptions, c: Command) => {
        const { api, out } = connect(cli, c);
        const members = (await api.get<BatchView>(`/batches/${id}`)).members.map((member) => member.id);
        // Those that are there and of which it can be asked: a class that was ended in part is ended whole.
        const there = new Map((await api.list<InstanceView>('/instances?limit=500')).map((view) => [view.id, view]));
        const ids = members.filter((member) => there.get(member)?.allowed.includes(action));
        if (ids.length === 0) throw new CliFailure(EXIT.conflict, t, { code: 'WRONG_STATE', what: action === 'stop' ? t('none of its machines runs', '其中没有正在运行的机器') : t('none of its machines is left', '其机器均已不在'), action: `edu batch show ${id}` });
        await actOnSeveral(api, { action, ids, options: { wait: true, ...options }, out, t });
      });
  }
}
