// How a VM type is shown.
import { shippedText, type VmTypeView } from '@educloud/contracts';
import type { Translate } from '../../language.ts';
import { humanTime, type Output } from '../../output.ts';

export const diskWords = (t: Translate, diskGiB: number): string => (diskGiB === 0 ? t('as the image', '与镜像相同') : `${diskGiB} GiB`);

export const showVmType = (v: VmTypeView, out: Output, t: Translate): void =>
  out.one(v, [
    [t('name', '名称'), v.name], [t('memory', '内存'), `${v.memoryMiB} MiB`], [t('CPUs', '处理器'), v.cpus], [t('disk', '磁盘'), diskWords(t, v.diskGiB)],
    [t('description', '说明'), shippedText(v.description, t.language)], [t('revision', '修订'), v.rev], [t('changed', '更改时间'), humanTime(v.updatedAt)],
  ]);
