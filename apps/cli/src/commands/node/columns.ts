// How daemons are shown as a table, by `edu status` and `edu node list`.
import type { DaemonView } from '@educloud/contracts';
import { nameOf, type Translate } from '../../language.ts';
import { humanBytes, humanTime, type Column } from '../../output.ts';

/** A node that was declared switched off says so until it is back and clean. */
export const stateOf = ({ state, fenced }: Pick<DaemonView, 'state' | 'fenced'>, t: Translate): string =>
  nameOf(t, 'daemon', state) + (!fenced ? '' : state === 'down' ? t(' (switched off)', '（已关机）') : t(' (cleaning up before it is used)', '（清理后才会使用）'));

export const daemonColumns = (t: Translate): Column<DaemonView>[] => [
  ['ID', (d) => d.id], [t('NAME', '名称'), (d) => d.name], [t('ROLE', '角色'), (d) => nameOf(t, 'role', d.role)],
  [t('STATE', '状态'), (d) => stateOf(d, t) + (d.enabled ? '' : t(' (disabled)', '（已停用）'))],
  [t('CLUSTER', '集群'), (d) => d.clusterName], ['CPU', (d) => d.facts.capacity?.cpus],
  [t('MEMORY', '内存'), (d) => humanBytes(d.facts.capacity ? d.facts.capacity.memoryMiB * 1024 ** 2 : null)],
  [t('FREE DISK', '可用磁盘'), (d) => humanBytes(d.facts.capacity?.freeDiskBytes)],
  [t('GUESTS', '机器'), (d) => d.guests], [t('LAST BEAT', '最近心跳'), (d) => humanTime(d.lastBeatAt)],
];
