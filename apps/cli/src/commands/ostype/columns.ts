// How an OS type is shown.
import { shippedText, type OsTypeView } from '@educloud/contracts';
import type { Translate } from '../../language.ts';
import { humanTime, type Output } from '../../output.ts';

export const clockWords = (t: Translate, localtime: boolean): string => (localtime ? t('local time', '本地时间') : 'UTC');

export const showOsType = (o: OsTypeView, out: Output, t: Translate): void =>
  out.one(o, [
    [t('name', '名称'), o.name], [t('title', '标题'), shippedText(o.title, t.language)], [t('disk bus', '磁盘总线'), o.diskBus], [t('network card', '网卡'), o.nicModel], [t('video', '显卡'), o.video],
    [t('sound', '声卡'), o.audio], [t('hardware clock', '硬件时钟'), clockWords(t, o.localtime)], [t('default VM type', '默认虚拟机类型'), `${o.defaultVmType} (${o.defaultMemoryMiB} MiB, ${o.defaultCpus} CPU)`],
    [t('revision', '修订'), o.rev], [t('changed', '更改时间'), humanTime(o.updatedAt)],
  ]);
