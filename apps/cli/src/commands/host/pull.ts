// `edu host pull HOST`: asks a node what it is and has, waits for its answer, and shows it.
import type { Command } from 'commander';
import type { DaemonView, HostPullView, NodeEvent } from '@educloud/contracts';
import { connect, examples, type Cli } from '../../cli.ts';
import { EXIT } from '../../exit-codes.ts';
import { actionFor, CliFailure } from '../../failure.ts';
import { nameOf, told } from '../../language.ts';
import { humanBytes, humanTime } from '../../output.ts';
import { waitUntilAtRest } from '../../wait.ts';

export function addHostPull(parent: Command, cli: Cli): void {
  const { t } = cli;
  parent.command('pull').description(t('Ask a node what it is and has at this moment: hardware, load, guests, disks, images.', '询问节点此刻的情况：硬件、负载、机器、磁盘、镜像。'))
    .argument('<host>', t('id or name', 'id 或名称'))
    .addHelpText('after', examples(cli, 'edu host pull node-7', 'edu host pull node-7 --output json'))
    .action(async (host: string, _options, command: Command) => {
      const { api, out } = connect(cli, command);
      const { id, role } = await api.get<DaemonView>(`/nodes/${encodeURIComponent(host)}`);
      if (role !== 'nc') throw new CliFailure(EXIT.usage, t, { code: 'USAGE', what: t(`${host} is no node: only nodes can be asked`, `${host} 不是节点：只能询问节点`), action: 'edu host list --role nc' });
      const asked = await api.post<HostPullView>(`/nodes/${id}/pull`);
      const view = asked.state !== 'asked' ? asked : await waitUntilAtRest<HostPullView>(api, t, {
        path: `/nodes/${id}/pull`, bar: out.bar(t('Asking', '询问')), show: () => undefined, underWay: ({ state }) => state === 'asked', mayBeGone: true, timeoutMs: null, again: `edu host pull ${host}`,
        heard: (e) => e.event === 'node' && (e.data as Partial<NodeEvent>).id === id,
        goesOn: { timeout: t('it has not answered yet', '尚未回应'), interrupted: t('interrupted before it answered', '在回应之前中断') },
      });
      const { error, came } = view ?? { error: null, came: null };
      if (!came) throw new CliFailure(EXIT.taskFailed, t, { code: error?.code ?? 'NODE_UNREACHABLE', what: error ? told(t, error.why, error.message) : t(`${host} gave no answer`, `${host} 没有回应`), action: actionFor(t, error?.code ?? 'NODE_UNREACHABLE') });
      const { facts: { capacity, hypervisor, faults }, load, guests, disks, images } = came;
      const some = (items: string[], count: number): string => [...items, ...(count > items.length ? [t(`and ${count - items.length} more`, `另有 ${count - items.length} 个`)] : [])].join(t(', ', '、')) || t('none', '无');
      if (out.form !== 'table') return out.one(came, []);
      out.one(came, [
        [t('answered', '回应时间'), humanTime(came.at)], ['CPU', capacity?.cpus], [t('memory', '内存'), humanBytes(capacity ? capacity.memoryMiB * 1024 ** 2 : null)],
        [t('disk', '磁盘'), capacity ? t(`${humanBytes(capacity.freeDiskBytes)} free of ${humanBytes(capacity.diskBytes)}`, `${humanBytes(capacity.diskBytes)}，可用 ${humanBytes(capacity.freeDiskBytes)}`) : null],
        [t('load', '负载'), t(`${load.load1.toFixed(2)}, ${humanBytes(load.memoryFreeMiB * 1024 ** 2)} of memory free`, `${load.load1.toFixed(2)}，空闲内存 ${humanBytes(load.memoryFreeMiB * 1024 ** 2)}`)],
        [t('hypervisor', '虚拟机管理器'), hypervisor && told(t, hypervisor.why, hypervisor.message)], [t('faults', '故障'), faults.join(t('; ', '；')) || null],
        [t('guests', '机器'), some(guests.items.map(({ name, state }) => `${name} (${nameOf(t, 'guest', state)})`), guests.count)],
        [t('disks', '磁盘文件'), some(disks.items.map(({ name, bytes }) => `${name} (${humanBytes(bytes)})`), disks.count)],
        [t('images', '镜像'), some(images.items.map(({ name }) => name), images.count)],
      ]);
    });
}
