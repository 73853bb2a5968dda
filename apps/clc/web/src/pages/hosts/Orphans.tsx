// What a host holds although nothing needs it, as the reconciler found it, and what becomes of it. Nothing is shown where there is nothing.
import { useTranslation } from 'react-i18next';
import { useSaid } from '../../hooks/useErrorWords.ts';
import { useOrphans } from '../../hooks/useHosts.ts';
import { formatTime } from '../../i18n/format.ts';

export function Orphans({ hostId }: { hostId: string }) {
  const { t, i18n } = useTranslation();
  const said = useSaid();
  const found = (useOrphans().data ?? []).filter((orphan) => orphan.daemonId === hostId);
  if (found.length === 0) return null;
  return (
    <section className="card" aria-labelledby="orphans">
      <h2 id="orphans">{t('hosts.orphans')}</h2>
      <dl>
        {found.map((orphan) => (
          <div key={`${orphan.kind}/${orphan.name}`}>
            <dt className="mono">{orphan.name}</dt>
            <dd>{said(orphan.said?.what, orphan.what)} · {said(orphan.said?.why, orphan.why)} · {orphan.dueAt === null ? said(orphan.said?.reason, orphan.reason) : t('hosts.goesAt', { time: formatTime(orphan.dueAt, i18n.language) })}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
