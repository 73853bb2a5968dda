// How an instance is shown.
import type { AutoStop, CloudInitView, InstanceView } from '@educloud/contracts';
import type { Api } from '../../api.ts';
import { actionFor, keptWords } from '../../failure.ts';
import { imageNames } from '../../image-names.ts';
import { standOf } from '../../instance-wait.ts';
import { nameOf, told, type Translate } from '../../language.ts';
import { humanBytes, humanTime, type Output } from '../../output.ts';

type Rows = [label: string, value: unknown][];

/** The command that leads on. */
export function nextCommand(i: Pick<InstanceView, 'id' | 'kind' | 'status' | 'allowed'>): string | null {
  if (i.kind === 'lvd') return null;
  if (i.status === 'ACTIVE') return `edu instance console ${i.id}`;
  const onward = (['run', 'unpause', 'resume', 'delete'] as const).find((action) => i.allowed.includes(action));
  return onward ? `edu instance ${onward} ${i.id} --wait` : null;
}

function shutsDown({ autoStopAt, putOffUntil, idleSince }: InstanceView, { afterMinutes, idleMinutes, idleCpuPercent, at, zone }: AutoStop, t: Translate): string {
  const rules = [afterMinutes !== null && t(`${afterMinutes} min after its start`, `启动后 ${afterMinutes} 分钟`), idleMinutes && t(`when nobody has used it for ${idleMinutes} min (nobody at its screen, below ${idleCpuPercent} % of one processor, hardly anything sent)${idleSince === null ? '' : `, idle since ${humanTime(idleSince)}`}`, `无人使用 ${idleMinutes} 分钟后（无人操作屏幕，占用低于单个处理器的 ${idleCpuPercent}%，几乎不发送数据）${idleSince === null ? '' : `，自 ${humanTime(idleSince)} 起空闲`}`), ...at.map(({ days, time }) => `${days.join(',')}@${time} ${zone}`)].filter(Boolean).join('; ');
  if (autoStopAt === null && putOffUntil !== null) return t(`not before ${humanTime(putOffUntil)} (${rules})`, `${humanTime(putOffUntil)} 之前不会（${rules}）`);
  return autoStopAt === null ? rules : `${humanTime(autoStopAt)} (${rules})`;
}

function loadWords({ cpuPercent, memoryMiB, diskReadBps, diskWrittenBps, netInBps, netOutBps }: NonNullable<InstanceView['load']>, t: Translate): string {
  const rate = (bps: number): string => `${humanBytes(bps)}/s`;
  const net = netInBps === null || netOutBps === null ? null : t(`network ${rate(netInBps)} in, ${rate(netOutBps)} out`, `网络 入 ${rate(netInBps)}、出 ${rate(netOutBps)}`);
  return [`CPU ${cpuPercent} %`, t(`memory ${memoryMiB} MiB`, `内存 ${memoryMiB} MiB`), t(`disk ${rate(diskReadBps)} read, ${rate(diskWrittenBps)} written`, `磁盘 读 ${rate(diskReadBps)}、写 ${rate(diskWrittenBps)}`), net].filter(Boolean).join(', ');
}

/** What somebody has set otherwise than usual. */
function runtime(i: InstanceView, t: Translate): Rows {
  return [
    ...(i.accessMode === 'all' ? [] : ([[t('reached by', '访问方式'), i.accessMode === 'console' ? t('its screen alone', '仅屏幕') : t('its services alone', '仅服务')]] as Rows)),
    ...(i.startup ? ([[t('starts from', '启动来源'), `${i.startup.bootFrom === 'network' ? t('the network (PXE), then its disk', '网络（PXE），然后磁盘') : t('its disk', '磁盘')}${i.startup.bootMenuSeconds > 0 ? t(`, menu for ${i.startup.bootMenuSeconds} s`, `，菜单 ${i.startup.bootMenuSeconds} 秒`) : ''}${i.startup.clipboard ? t(', with a clipboard', '，带剪贴板') : ''}`]] as Rows) : []),
    ...(i.metrics ? [] : ([[t('load', '负载'), t('not measured', '不测量')]] as Rows)),
    ...(i.placementPolicy ? ([[t('placed by', '放置策略'), nameOf(t, 'policy', i.placementPolicy)]] as Rows) : []),
    ...(i.highAvailability || i.scale ? ([[t('kept only', '仅保存'), [i.highAvailability && t('high availability', '高可用'), i.scale && t(`copies: ${i.scale.min}-${i.scale.max}`, `副本数：${i.scale.min}-${i.scale.max}`)].filter(Boolean).join(', ')]] as Rows) : []),
  ];
}

/** What it is told at its first start. Password and user-data stay where they are. */
function firstStart({ hostname, user, hasPassword, sshKeys, userDataBytes }: CloudInitView, t: Translate): string {
  return [hostname && t(`host name ${hostname}`, `主机名 ${hostname}`), user && t(`account ${user}`, `账户 ${user}`), hasPassword && t('a password', '密码'), sshKeys > 0 && t(`SSH keys: ${sshKeys}`, `SSH 公钥：${sshKeys}`), userDataBytes > 0 && t(`user-data: ${humanBytes(userDataBytes)}`, `user-data：${humanBytes(userDataBytes)}`)].filter(Boolean).join(', ');
}

/** Its cards, and where each of its services is. */
function reached(i: InstanceView, t: Translate): Rows {
  return [
    ...i.nics.map((card, n): Rows[number] => [n === 0 ? t('network', '网络') : '', [nameOf(t, 'card', card.mode), card.ip, card.publicIp && t(`public ${card.publicIp}`, `公网 ${card.publicIp}`), card.mac].filter(Boolean).join(', ')]),
    ...(i.access.length === 0 ? ([[t('access', '访问'), t('it reaches out, nobody reaches it', '可以访问外部，外部不能访问它')]] as Rows) : []),
    ...i.access.map((way, n): Rows[number] => [n === 0 ? t('access', '访问') : '', `${way.name}: ${way.host === null ? t(`port ${way.guestPort}, as soon as it is placed`, `端口 ${way.guestPort}，放置后开通`) : `${way.host}:${way.port}${way.protocol === 'udp' ? '/udp' : ''}`} (${nameOf(t, 'access', way.state)}${way.reason ? `: ${told(t, way.why, way.reason)}` : ''})`]),
  ];
}

export async function showInstance(api: Api, i: InstanceView, out: Output, t: Translate): Promise<void> {
  const image = (await imageNames(api, out))(i.imageId);
  const kept = keptWords(t, i.kept);
  const next = nextCommand(i);
  const trouble: Rows = i.error ? [[t('error', '错误'), `${told(t, i.error.why, i.error.message)} [${i.error.code}]`], [t('what to do', '处理办法'), told(t, i.error.todo, actionFor(t, i.error.code))]] : [];
  out.one(i, [
    [t('instance', '实例'), i.id], [t('name', '名称'), i.name], [t('kind', '类型'), nameOf(t, 'insKind', i.kind)], [t('lifetime', '生命周期'), nameOf(t, 'lifetime', i.lifetime)],
    [t('state', '状态'), standOf(t, i) + (i.taskState ? ` ${i.progress}%` : '')], [t('message', '消息'), told(t, i.said, i.message)], [t('allowed now', '当前可执行'), i.allowed.join(', ')],
    [t('image', '镜像'), `${image}${image === i.imageId ? '' : t(` (${i.imageId})`, `（${i.imageId}）`)}${t(', ', '，')}${i.imageVersion === 'latest' ? t('newest version', '最新版本') : `v${i.imageVersion}`}${i.madeFrom ? t(`; its disk is made from v${i.madeFrom}`, `；磁盘由 v${i.madeFrom} 创建`) : ''}`],
    [t('size', '规格'), `${i.vmType ? `${i.vmType}: ` : ''}${i.memoryMiB} MiB, ${i.cpus} ${t('CPU', '个处理器')}, ${humanBytes(i.diskBytes)}${i.dataDiskGiB > 0 ? t(` + data disk ${i.dataDiskGiB} GiB`, ` + 数据盘 ${i.dataDiskGiB} GiB`) : ''}`],
    ...(i.load ? ([[t('load', '负载'), loadWords(i.load, t)]] as Rows) : []),
    ...(i.kind === 'lvd' ? [] : runtime(i, t)),
    ...(i.autoStop ? ([[t('shuts down', '自动关机'), shutsDown(i, i.autoStop, t)]] as Rows) : []),
    ...(i.cloudInit ? ([[t('first start', '首次启动'), firstStart(i.cloudInit, t)]] as Rows) : []),
    ...(i.kind === 'lvd' ? ([[t('offered to', '提供给'), i.ownerGroup ?? t('every host', '所有电脑')], [t('run it there', '在电脑上运行'), `edu lvd run ${i.id} --wait`]] as Rows) : []),
    [t('node', '节点'), i.nodeName], ...(i.kind === 'lvd' ? [] : reached(i, t)),
    [t('placement', '放置'), i.placement && told(t, i.placement.why, i.placement.summary)], ...trouble,
    ...(kept ? ([[t('kept', '已保留'), t(`${kept.what}; ${kept.where}; until ${kept.until}`, `${kept.what}；位置：${kept.where}；期限：${kept.until}`)]] as Rows) : []),
    [t('owner', '所有者'), i.owner], [t('revision', '修订'), i.rev], [t('updated', '更新时间'), humanTime(i.updatedAt)], ...(next ? ([[t('next', '下一步'), next]] as Rows) : []),
  ]);
}
