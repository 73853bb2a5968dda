// `edu host fence`: the administrator's word that a node which is down is switched off.
import type { Command } from 'commander';
import type { DaemonView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';

export function addHostFence(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('fence')
    .description(t('Declare a node that is down switched off: its guests count as ended, cancels no longer wait for it. When it is back it cleans up before it is used.', '声明一个离线节点已关机：其机器视为已结束，取消操作不再等待它。节点恢复后会先清理再被使用。'))
    .argument('<id>', t('id or name', 'id 或名称'))
    .requiredOption('--i-have-switched-it-off', t('you have looked: it is off. A node that is only cut off still runs its guests', '您已确认它已关机。仅仅断网的节点仍在运行其机器'))
    .addHelpText('after', examples(cli, 'edu host fence nc-7 --i-have-switched-it-off'))
    .action(async (id: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      const node = await api.post<DaemonView>(`/nodes/${encodeURIComponent(id)}/fence`, { switchedOff: true });
      out.note(t(`${node.name} counts as switched off; it is used again when it is back and clean`, `${node.name} 已视为关机；恢复并清理后才会再次使用`));
    });
}
