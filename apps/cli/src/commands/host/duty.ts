// `edu host enable|drain|disable`
import type { Command } from 'commander';
import type { DaemonView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { nameOf } from '../../language.ts';
import { dutyWords } from './columns.ts';

export function addHostDuty(parent: Command, cli: Cli): void {
  const { t } = cli;
  const verbs: [string, string][] = [
    ['enable', t('Allow placing new work there.', '允许在其上放置新的工作。')],
    ['drain', t('Place nothing new there; what is there goes on and may be started again. Shown as drained when it is empty.', '不再放置新的工作；其上已有的继续，也可再次启动。清空后显示为已排空。')],
    ['disable', t('Place nothing there and start nothing there; what runs goes on.', '既不放置也不启动任何工作；正在运行的继续。')],
  ];
  for (const [verb, meaning] of verbs) {
    parent.command(verb).description(meaning)
      .argument('<host>', t('id or name', 'id 或名称'))
      .addHelpText('after', examples(cli, `edu host ${verb} node-7`))
      .action(async (host: string, _options, command: Command) => {
        const { api, out } = connect(cli, command);
        const d = await api.post<DaemonView>(`/nodes/${encodeURIComponent(host)}/${verb}`);
        out.one(d, [['id', d.id], [t('name', '名称'), d.name], [t('duty', '职责'), dutyWords(d, t) || nameOf(t, 'duty', 'enabled')]]);
      });
  }
}
