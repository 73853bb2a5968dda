// How busy a machine is, and what of it is not as usual: how it is reached, started and placed.
import { useTranslation } from 'react-i18next';
import type { InstanceView } from '@educloud/contracts';
import { formatBytes, formatTime } from '../../i18n/format.ts';

export function RuntimeFacts({ instance: { accessMode, startup, metrics, placementPolicy, highAvailability, scale, load } }: { instance: InstanceView }) {
  const { t, i18n } = useTranslation();
  const rate = (bps: number): string => t('runtime.rate', { size: formatBytes(bps, i18n.language) });
  const kept = [highAvailability ? t('runtime.ha') : null, scale ? t('runtime.copies', { min: scale.min, max: scale.max }) : null].filter(Boolean).join(' · ');
  return (
    <>
      {load ? (
        <div>
          <dt>{t('runtime.load')}</dt>
          <dd>
            {t('runtime.loadOf', { cpu: load.cpuPercent, memory: load.memoryMiB })} · {t('runtime.loadDisk', { read: rate(load.diskReadBps), written: rate(load.diskWrittenBps) })}
            {load.netInBps === null || load.netOutBps === null ? null : ` · ${t('runtime.loadNet', { in: rate(load.netInBps), out: rate(load.netOutBps) })}`}
            {' '}<small>({formatTime(load.at, i18n.language)})</small>
          </dd>
        </div>
      ) : null}
      {metrics ? null : <div><dt>{t('runtime.load')}</dt><dd>{t('runtime.unmeasured')}</dd></div>}
      {accessMode === 'all' ? null : <div><dt>{t('runtime.access')}</dt><dd>{t(`runtime.accessMode.${accessMode}`)}</dd></div>}
      {startup ? <div><dt>{t('runtime.bootFrom')}</dt><dd>{t(`runtime.boot.${startup.bootFrom}`)}{startup.bootMenuSeconds > 0 ? ` · ${t('runtime.menuFor', { seconds: startup.bootMenuSeconds })}` : ''}{startup.clipboard ? ` · ${t('clipboard.title')}` : ''}</dd></div> : null}
      {placementPolicy ? <div><dt>{t('runtime.policy')}</dt><dd>{t(`runtime.policyName.${placementPolicy}`)}</dd></div> : null}
      {kept ? <div><dt>{t('runtime.kept')}</dt><dd>{kept} <small>({t('runtime.keptOnly')})</small></dd></div> : null}
    </>
  );
}
