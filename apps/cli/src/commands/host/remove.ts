// `edu host remove`
import type { Command } from 'commander';
import { connect, examples, type Cli } from '../../cli.ts';

export function addHostRemove(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('remove').description(t('Forget a host that is gone for good. Refused, with what it is, while something is still there.', '移除不再使用的主机。其上仍有内容时拒绝，并说明是什么。'))
    .argument('<host>', t('id or name', 'id 或名称'))
    .addHelpText('after', examples(cli, 'edu host remove node-7'))
    .action(async (host: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      await api.remove(`/nodes/${encodeURIComponent(host)}`);
      out.note(t(`${host} was removed`, `已移除 ${host}`));
    });
}
