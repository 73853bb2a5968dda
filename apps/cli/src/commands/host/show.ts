// `edu host show`
import type { Command } from 'commander';
import { saidOf, type DaemonView, type HostDesktopView, type InstanceView } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { standOf } from '../../instance-wait.ts';
import { nameOf, told, type Translate } from '../../language.ts';
import { humanBytes, humanTime } from '../../output.ts';
import { dutyWords, stateOf } from './columns.ts';

/** Its version names what it is; a simulated one says so in words. */
function hypervisorLine({ kind, version, acceleration, message, why }: NonNullable<DaemonView['facts']['hypervisor']>, t: Translate): string {
  const made = [kind === 'fake' ? '' : version, acceleration === 'none' ? '' : acceleration].filter(Boolean).join(', ');
  return (made ? `${made}${t(': ', '：')}` : '') + told(t, why, message);
}

export function addHostShow(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('show').description(t('Show one host: its hardware, load, properties and what is on it.', '显示一台主机：硬件、负载、属性及其上的内容。'))
    .argument('<id>', t('id, e.g. nc-1a2b3c4d', 'id，例如 nc-1a2b3c4d'))
    .addHelpText('after', examples(cli, 'edu host show nc-1a2b3c4d'))
    .action(async (id: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      const d = await api.get<DaemonView>(`/nodes/${encodeURIComponent(id)}`);
      const { capacity, hypervisor, faults } = d.facts;
      out.one(d, [
        ['id', d.id], [t('name', '名称'), d.name], [t('role', '角色'), nameOf(t, 'role', d.role)], [t('state', '状态'), stateOf(d, t)], [t('duty', '职责'), dutyWords(d, t) || nameOf(t, 'duty', 'enabled')],
        [t('address', '地址'), d.url], [t('version', '版本'), d.facts.version], [t('cluster', '集群'), d.clusterName], [t('registration', '登记次数'), d.epoch],
        [t('registered', '注册时间'), humanTime(d.registeredAt)], [t('last beat', '最近心跳'), humanTime(d.lastBeatAt)],
        ['CPU', capacity?.cpus], [t('memory', '内存'), humanBytes(capacity ? capacity.memoryMiB * 1024 ** 2 : null)],
        [t('disk', '磁盘'), capacity ? t(`${humanBytes(capacity.freeDiskBytes)} free of ${humanBytes(capacity.diskBytes)}`, `${humanBytes(capacity.diskBytes)}，可用 ${humanBytes(capacity.freeDiskBytes)}`) : null],
        [t('claimed', '已分配'), d.claimed ? t(`${d.claimed.cpus} CPU, ${humanBytes(d.claimed.memoryMiB * 1024 ** 2)} memory, ${humanBytes(d.claimed.diskBytes)} disk`, `${d.claimed.cpus} CPU、内存 ${humanBytes(d.claimed.memoryMiB * 1024 ** 2)}、磁盘 ${humanBytes(d.claimed.diskBytes)}`) : null],
        ...(d.limits ? [[t('may be promised', '可分配'), t(`${d.limits.cpus} CPU, ${humanBytes(d.limits.memoryMiB * 1024 ** 2)} memory`, `${d.limits.cpus} CPU、内存 ${humanBytes(d.limits.memoryMiB * 1024 ** 2)}`)] as [string, unknown]] : []),
        [t('owner group', '所属组'), d.ownerGroup], [t('location', '位置'), d.properties?.location], ['MAC', d.mac],
        ...(d.role === 'cc' ? [[t('placement', '放置策略'), nameOf(t, 'policy', d.properties?.placement ?? 'spread')] as [string, unknown]] : []),
        ...(d.load ? [[t('load', '负载'), t(`${d.load.load1.toFixed(2)}, ${humanBytes(d.load.memoryFreeMiB * 1024 ** 2)} of memory free`, `${d.load.load1.toFixed(2)}，空闲内存 ${humanBytes(d.load.memoryFreeMiB * 1024 ** 2)}`)] as [string, unknown]] : []),
        [t('guests', '机器'), d.guests], [t('hypervisor', '虚拟机管理器'), hypervisor && hypervisorLine(hypervisor, t)],
        [t('faults', '故障'), faults.map((fault) => told(t, fault === hypervisor?.message ? hypervisor.why : (saidOf(fault) ?? undefined), fault)).join(t('; ', '；'))],
      ]);
      if (out.form !== 'table' || d.role !== 'nc') return;
      const instances = await api.list<InstanceView>(`/instances?node=${d.id}`);
      if (instances.length > 0) {
        cli.stdout.write('\n');
        out.list(instances, [['ID', (i) => i.id], [t('NAME', '名称'), (i) => i.name], [t('STATE', '状态'), (i) => standOf(t, i)], [t('OWNER', '所有者'), (i) => i.owner]]);
      }
      if (d.heartbeatMs === null) return;
      const desktops = await api.list<HostDesktopView>(`/nodes/${d.id}/desktops`);
      if (desktops.length === 0) return;
      cli.stdout.write('\n');
      out.list(desktops, [['ID', (i) => i.insId], [t('LOCAL DESKTOP', '本地桌面'), (i) => i.name], [t('STATE', '状态'), (i) => nameOf(t, 'localState', i.state)], [t('IMAGE HERE', '此处的镜像'), (i) => i.synced ?? (i.syncing === null ? '' : `${i.syncing}%`)], [t('USER', '使用者'), (i) => i.user]]);
    });
}
