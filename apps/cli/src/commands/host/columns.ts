// How daemons are shown as a table, by `edu status` and `edu host list`.
import type { DaemonView } from '@educloud/contracts';
import { nameOf, type Translate } from '../../language.ts';
import { humanBytes, humanTime, type Column } from '../../output.ts';

/** A node that was declared switched off says so until it is back and clean. */
export const stateOf = ({ state, fenced }: Pick<DaemonView, 'state' | 'fenced'>, t: Translate): string =>
  nameOf(t, 'daemon', state) + (!fenced ? '' : state === 'down' ? t(' (switched off)', '（已关机）') : t(' (cleaning up before it is used)', '（清理后才会使用）'));

/** Nothing, where work may be placed. */
export const dutyWords = (d: Pick<DaemonView, 'enabled' | 'duty' | 'drained'>, t: Translate): string =>
  d.enabled ? '' : d.drained ? t('drained', '已排空') : nameOf(t, 'duty', d.duty ?? 'disabled');

export const daemonColumns = (t: Translate): Column<DaemonView>[] => [
  ['ID', (d) => d.id], [t('NAME', '名称'), (d) => d.name], [t('ROLE', '角色'), (d) => nameOf(t, 'role', d.role)],
  [t('STATE', '状态'), (d) => stateOf(d, t) + (dutyWords(d, t) && t(` (${dutyWords(d, t)})`, `（${dutyWords(d, t)}）`))],
  [t('CLUSTER', '集群'), (d) => d.clusterName], ['CPU', (d) => d.facts.capacity?.cpus],
  [t('MEMORY', '内存'), (d) => humanBytes(d.facts.capacity ? d.facts.capacity.memoryMiB * 1024 ** 2 : null)],
  [t('FREE DISK', '可用磁盘'), (d) => humanBytes(d.facts.capacity?.freeDiskBytes)],
  [t('GUESTS', '机器'), (d) => d.guests], [t('LAST BEAT', '最近心跳'), (d) => humanTime(d.lastBeatAt)],
];
