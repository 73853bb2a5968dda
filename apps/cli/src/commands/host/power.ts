// `edu host wake NODE` and `edu host poweroff NODE`
import type { Command } from 'commander';
import type { DaemonView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';

export function addHostPower(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('wake').description(t('Wake a classroom PC by its network card; its cluster controller calls it.', '通过网卡唤醒教室电脑；由其集群控制器发出唤醒包。'))
    .argument('<node>', t('id or name', 'id 或名称'))
    .addHelpText('after', examples(cli, 'edu host wake pc-7'))
    .action(async (node: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      const d = await api.post<DaemonView>(`/nodes/${encodeURIComponent(node)}/wake`);
      out.one(d, [['ID', d.id], [t('name', '名称'), d.name], [t('card', '网卡'), d.mac], [t('accepted', '已接受'), t('it is called; it registers when it is up', '正在唤醒；开机后它会自行登记')]]);
    });
  parent.command('poweroff').description(t('Switch a classroom PC off; refused while somebody works on it.', '关闭教室电脑；有人正在使用时拒绝。'))
    .argument('<node>', t('id or name', 'id 或名称'))
    .option('--force', t('also while desktops run on it: what is not saved there is lost', '即使有桌面正在运行：未保存的内容将丢失'))
    .addHelpText('after', examples(cli, 'edu host poweroff pc-7', 'edu host poweroff pc-7 --force'))
    .action(async (node: string, options: { force?: boolean }, command: Command) => {
      const { api, out } = connect(cli, command);
      const d = await api.post<DaemonView>(`/nodes/${encodeURIComponent(node)}/poweroff`, options.force ? { force: true } : {});
      out.one(d, [['ID', d.id], [t('name', '名称'), d.name], [t('accepted', '已接受'), t('it is being switched off', '正在关机')]]);
    });
}
