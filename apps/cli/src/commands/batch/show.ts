// `edu batch show ID`
import type { Command } from 'commander';
import type { BatchView } from '@educloud/contracts';
import { showBatch } from '../../batch-wait.ts';
import { connect, examples, type Cli } from '../../cli.ts';
import { nameOf, told } from '../../language.ts';
import { batchId } from '../../values.ts';

export function addBatchShow(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('show').description(t('Show one batch with each of its instances.', '显示一个批次及其中每个实例。'))
    .argument('<id>', t('batch id', '批次 id'), batchId(t))
    .addHelpText('after', examples(cli, 'edu batch show bat-1a2b3c4d'))
    .action(async (id: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      const batch = await api.get<BatchView>(`/batches/${id}`);
      showBatch(batch, out, t);
      if (out.form !== 'table') return;
      cli.stdout.write('\n');
      out.list(batch.members, [['ID', (m) => m.id], [t('NAME', '名称'), (m) => m.name], [t('STATE', '状态'), (m) => nameOf(t, 'memberState', m.state)], [t('ERROR', '错误'), (m) => m.error && `${told(t, m.error.why, m.error.message)} [${m.error.code}]`]]);
    });
}
