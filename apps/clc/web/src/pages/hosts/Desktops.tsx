// The local desktops of a classroom PC: which version of each is there, and who uses it.
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { HostDesktopView } from '@educloud/contracts';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { useDesktopsOf } from '../../hooks/useHosts.ts';
import { formatTime } from '../../i18n/format.ts';

export function Desktops({ hostId }: { hostId: string }) {
  const { t, i18n } = useTranslation();
  const desktops = useDesktopsOf(hostId);
  const here = ({ synced, syncing }: HostDesktopView): string => (synced !== null ? t('local.version', { version: synced }) : syncing === null ? t('local.notHere') : t('local.coming', { percent: syncing }));
  const told = (one: HostDesktopView): string => [t(`local.state.${one.state}`), here(one), one.user, one.startedAt === null ? null : t('local.since', { time: formatTime(one.startedAt, i18n.language) })].filter(Boolean).join(' · ');
  return (
    <section className="card" aria-labelledby="desktops">
      <h2 id="desktops">{t('hosts.desktops')}</h2>
      {desktops.isError ? <ProblemLine error={desktops.error} onRetry={() => void desktops.refetch()} /> : null}
      {desktops.data?.length === 0 ? <p role="status">{t('hosts.noDesktops')}</p> : null}
      {desktops.data && desktops.data.length > 0 ? <dl>{desktops.data.map((one) => <div key={one.insId}><dt><Link to="/instances/$id" params={{ id: one.insId }}>{one.name}</Link></dt><dd>{told(one)}</dd></div>)}</dl> : null}
    </section>
  );
}
