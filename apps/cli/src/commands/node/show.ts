// `edu node show`
import type { Command } from 'commander';
import { saidOf, type DaemonView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { nameOf, told, type Translate } from '../../language.ts';
import { humanBytes, humanTime } from '../../output.ts';
import { stateOf } from './columns.ts';

/** Its version names what it is; a simulated one says so in words. */
function hypervisorLine({ kind, version, acceleration, message, why }: NonNullable<DaemonView['facts']['hypervisor']>, t: Translate): string {
  const made = [kind === 'fake' ? '' : version, acceleration === 'none' ? '' : acceleration].filter(Boolean).join(', ');
  return (made ? `${made}${t(': ', '：')}` : '') + told(t, why, message);
}

export function addNodeShow(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('show').description(t('Show one daemon.', '显示一个服务。'))
    .argument('<id>', t('id, e.g. nc-1a2b3c4d', 'id，例如 nc-1a2b3c4d'))
    .addHelpText('after', examples(cli, 'edu node show nc-1a2b3c4d'))
    .action(async (id: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      const d = await api.get<DaemonView>(`/nodes/${encodeURIComponent(id)}`);
      const { capacity, hypervisor, faults } = d.facts;
      out.one(d, [
        ['id', d.id], [t('name', '名称'), d.name], [t('role', '角色'), nameOf(t, 'role', d.role)], [t('state', '状态'), stateOf(d, t)], [t('enabled', '启用'), d.enabled ? t('yes', '是') : t('no', '否')],
        [t('address', '地址'), d.url], [t('version', '版本'), d.facts.version], [t('cluster', '集群'), d.clusterName], [t('registration', '登记次数'), d.epoch],
        [t('registered', '注册时间'), humanTime(d.registeredAt)], [t('last beat', '最近心跳'), humanTime(d.lastBeatAt)],
        ['CPU', capacity?.cpus], [t('memory', '内存'), humanBytes(capacity ? capacity.memoryMiB * 1024 ** 2 : null)],
        [t('disk', '磁盘'), capacity ? t(`${humanBytes(capacity.freeDiskBytes)} free of ${humanBytes(capacity.diskBytes)}`, `${humanBytes(capacity.diskBytes)}，可用 ${humanBytes(capacity.freeDiskBytes)}`) : null],
        [t('claimed', '已分配'), d.claimed ? t(`${d.claimed.cpus} CPU, ${humanBytes(d.claimed.memoryMiB * 1024 ** 2)} memory, ${humanBytes(d.claimed.diskBytes)} disk`, `${d.claimed.cpus} CPU、内存 ${humanBytes(d.claimed.memoryMiB * 1024 ** 2)}、磁盘 ${humanBytes(d.claimed.diskBytes)}`) : null],
        [t('guests', '机器'), d.guests], [t('hypervisor', '虚拟机管理器'), hypervisor && hypervisorLine(hypervisor, t)],
        [t('faults', '故障'), faults.map((fault) => told(t, fault === hypervisor?.message ? hypervisor.why : (saidOf(fault) ?? undefined), fault)).join(t('; ', '；'))],
      ]);
    });
}
