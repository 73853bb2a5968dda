// How a local desktop is shown.
import type { LocalDesktop } from '@educloud/contracts';
import { actionFor } from '../../failure.ts';
import { nameOf, told, type Translate } from '../../language.ts';
import { humanTime, type Column, type Output } from '../../output.ts';

const versionsOf = (t: Translate, d: LocalDesktop): string => {
  const here = d.synced === null ? t('not here yet', '尚未同步') : `v${d.synced}`;
  const coming = d.syncing !== null ? t(`, v${d.version} ${d.syncing}%`, `，v${d.version} ${d.syncing}%`) : d.version !== null && d.synced !== null && d.version !== d.synced ? t(`, v${d.version} is newer`, `，v${d.version} 更新`) : '';
  return here + coming;
};
const leaseOf = (t: Translate, d: LocalDesktop): string =>
  d.leaseUntil === null ? t('not offered any more', '已不再提供') : d.leaseValid ? t(`until ${humanTime(d.leaseUntil)}`, `至 ${humanTime(d.leaseUntil)}`) : t(`ended ${humanTime(d.leaseUntil)}`, `已于 ${humanTime(d.leaseUntil)} 到期`);

export const desktopColumns = (t: Translate): Column<LocalDesktop>[] => [
  ['ID', (d) => d.id], [t('NAME', '名称'), (d) => d.name], [t('STATE', '状态'), (d) => nameOf(t, 'localState', d.state) + (d.state === 'starting' ? ` ${d.progress}%` : '')], [t('HERE', '本机版本'), (d) => versionsOf(t, d)],
  [t('LIFETIME', '生命周期'), (d) => (t.language === 'en' ? d.lifetime : nameOf(t, 'lifetime', d.lifetime))], [t('MAY START', '可启动'), (d) => leaseOf(t, d)], [t('USER', '用户'), (d) => d.user],
];

export function showDesktop(d: LocalDesktop, out: Output, t: Translate): void {
  const trouble: [string, unknown][] = d.error ? [[t('error', '错误'), `${told(t, d.error.why, d.error.message)} [${d.error.code}]`], [t('what to do', '处理办法'), told(t, d.error.todo, actionFor(t, d.error.code))]] : [];
  const next = d.state === 'running' ? `edu lvd console ${d.id}` : d.state === 'off' && d.leaseValid ? `edu lvd run ${d.id} --wait` : null;
  out.one(d, [
    [t('desktop', '桌面'), d.id], [t('name', '名称'), d.name], [t('description', '说明'), d.description], [t('state', '状态'), nameOf(t, 'localState', d.state)], [t('message', '消息'), d.said && told(t, d.said, '')], ...trouble,
    [t('lifetime', '生命周期'), nameOf(t, 'lifetime', d.lifetime)], [t('image here', '本机镜像'), versionsOf(t, d)], [t('its disk', '磁盘'), d.madeFrom === null ? t('none', '无') : t(`made from v${d.madeFrom}`, `由 v${d.madeFrom} 创建`)],
    [t('size', '规格'), `${d.memoryMiB} MiB, ${d.cpus} ${t('CPU', '个处理器')}`], [t('may be started', '可启动'), leaseOf(t, d)], [t('user', '用户'), d.user], [t('started', '启动时间'), d.startedAt && humanTime(d.startedAt)],
    ...(d.screen ? ([[t('screen', '屏幕'), d.screen]] as [string, unknown][]) : []), ...(next ? ([[t('next', '下一步'), next]] as [string, unknown][]) : []),
  ]);
}
