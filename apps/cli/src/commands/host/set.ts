// `edu host set`
import { InvalidArgumentError, Option, type Command } from 'commander';
import { PLACEMENT_POLICIES, type DaemonView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { EXIT } from '../../exit-codes.ts';
import { CliFailure } from '../../failure.ts';
import { nameOf } from '../../language.ts';

interface Options { ownerGroup?: string; location?: string; mac?: string; cpuOvercommit?: number | null; memoryOvercommit?: number | null; placement?: string }

export function addHostSet(parent: Command, cli: Cli): void {
  const { t } = cli;
  const ratio = (text: string): number | null => {
    if (text === 'usual') return null;
    if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError(t('a ratio like 1.5, or "usual"', '比率，例如 1.5，或 usual'));
    return Number(text);
  };
  /** An empty text takes the property away. */
  const orNone = (text: string | undefined): string | null | undefined => (text === '' ? null : text);
  parent.command('set').description(t('Change what is known of a host.', '更改主机的属性。'))
    .argument('<host>', t('id or name', 'id 或名称'))
    .option('--owner-group <path>', t('whose it is, e.g. school.room-12; "": nobody\'s', '所属组，例如 school.room-12；"" 表示无'))
    .option('--location <text>', t('where it stands', '所在位置'))
    .option('--mac <mac>', t('its MAC address, for wake-on-LAN', 'MAC 地址，用于网络唤醒'))
    .option('--cpu-overcommit <ratio>', t('virtual processors per real one; "usual": as the cloud is configured (nodes)', '每个物理处理器可分配的虚拟处理器数；usual 表示按云平台配置（节点）'), ratio)
    .option('--memory-overcommit <ratio>', t('memory promised per real memory; "usual": 1 (nodes)', '内存超分比率；usual 表示 1（节点）'), ratio)
    .addOption(new Option('--placement <policy>', t('how it chooses among its nodes (cluster controllers)', '如何在其节点中选择（集群控制器）')).choices(PLACEMENT_POLICIES))
    .addHelpText('after', examples(cli, 'edu host set node-7 --owner-group school.room-12 --location "room 12, window" --mac 52:54:00:12:34:56', 'edu host set node-7 --cpu-overcommit 4', 'edu host set cluster-1 --placement pack'))
    .action(async (host: string, o: Options, command: Command) => {
      const body = Object.fromEntries(Object.entries({ ownerGroup: orNone(o.ownerGroup), location: orNone(o.location), mac: orNone(o.mac), cpuOvercommit: o.cpuOvercommit, memoryOvercommit: o.memoryOvercommit, placement: o.placement }).filter(([, value]) => value !== undefined));
      if (Object.keys(body).length === 0) throw new CliFailure(EXIT.usage, t, { code: 'USAGE', what: t('say what to change', '请给出要更改的内容'), action: 'edu host set --help' });
      const { api, out } = connect(cli, command);
      const d = await api.patch<DaemonView>(`/nodes/${encodeURIComponent(host)}`, body);
      out.one(d, [
        ['id', d.id], [t('name', '名称'), d.name], [t('owner group', '所属组'), d.ownerGroup], [t('location', '位置'), d.properties?.location], ['MAC', d.mac],
        ...(d.role === 'nc' ? ([[t('CPU overcommit', '处理器超分'), d.properties?.cpuOvercommit ?? t('usual', '默认')], [t('memory overcommit', '内存超分'), d.properties?.memoryOvercommit ?? t('usual', '默认')]] as [string, unknown][]) : []),
        ...(d.role === 'cc' ? ([[t('placement', '放置策略'), nameOf(t, 'policy', d.properties?.placement ?? 'spread')]] as [string, unknown][]) : []),
      ]);
    });
}
