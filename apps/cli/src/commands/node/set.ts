// `edu node set NODE`
import type { Command } from 'commander';
import type { DaemonView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';

const orNone = (text: string): string | null => (text === 'none' ? null : text);

export function addNodeSet(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('set').description(t('Owner group and wake-up card of a classroom PC.', '教室电脑的所属组与唤醒网卡。'))
    .argument('<node>', t('id or name', 'id 或名称'))
    .option('--owner-group <path>', t('which local desktops reach it, e.g. school.lab-2; "none": those for everybody', '决定哪些本地桌面提供给它，例如 school.lab-2；none 表示只有面向所有电脑的'))
    .option('--mac <address>', t('network card that wakes it up; "none": the one it names itself', '用于唤醒的网卡；none 表示它自己报告的'))
    .addHelpText('after', examples(cli, 'edu node set pc-7 --owner-group school.lab-2', 'edu node set pc-7 --mac 52:54:00:12:34:56'))
    .action(async (node: string, options: { ownerGroup?: string; mac?: string }, command: Command) => {
      const { api, out } = connect(cli, command);
      const set = { ...(options.ownerGroup === undefined ? {} : { ownerGroup: orNone(options.ownerGroup) }), ...(options.mac === undefined ? {} : { mac: orNone(options.mac) }) };
      const d = await api.patch<DaemonView>(`/nodes/${encodeURIComponent(node)}`, set);
      out.one(d, [['ID', d.id], [t('name', '名称'), d.name], [t('owner group', '所属组'), d.ownerGroup], [t('wake-up card', '唤醒网卡'), d.mac]]);
    });
}
