// How much of a node is promised to machines, of what may be promised in all; and how busy it is itself.
import { useTranslation } from 'react-i18next';
import type { DaemonView } from '@educloud/contracts';
import { formatBytes, formatTime } from '../../i18n/format.ts';
import { MIB } from './units.ts';

export function Fullness({ host }: { host: DaemonView }) {
  const { t, i18n } = useTranslation();
  const { claimed, limits, load, facts } = host;
  const bytes = (value: number): string => formatBytes(value, i18n.language);
  const plain = (value: number): string => String(value);
  const promised = claimed && limits
    ? ([['cpus', claimed.cpus, limits.cpus, plain], ['memory', claimed.memoryMiB * MIB, limits.memoryMiB * MIB, bytes], ['disk', claimed.diskBytes, limits.diskBytes, bytes]] as const)
    : [];
  return (
    <section className="card" aria-labelledby="fullness">
      <h2 id="fullness">{t('hosts.promised')}</h2>
      <dl>
        {promised.map(([what, used, all, words]) => (
          <div key={what}><dt>{t(`hosts.${what}`)}</dt><dd><meter min={0} max={Math.max(all, 1)} high={all * 0.9} value={used} aria-label={t(`hosts.${what}`)} /> {t('hosts.of', { used: words(used), all: words(all) })}</dd></div>
        ))}
        {load ? <div><dt>{t('hosts.load')}</dt><dd>{t('hosts.loadNow', { load: load.load1.toFixed(2), cpus: facts.capacity?.cpus ?? 0, memory: bytes(load.memoryFreeMiB * MIB), disk: bytes(load.freeDiskBytes) })}</dd></div> : null}
        <div><dt>{t('hosts.lastBeat')}</dt><dd>{host.lastBeatAt === null ? t('hosts.never') : formatTime(host.lastBeatAt, i18n.language)}</dd></div>
      </dl>
    </section>
  );
}
