// Ways to machines that a cluster controller could not bring about. Nothing is shown where there are none.
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSaid } from '../../hooks/useErrorWords.ts';
import { useNetworks } from '../../hooks/useNetworks.ts';

export function RefusedWays({ ccId }: { ccId: string }) {
  const { t } = useTranslation();
  const said = useSaid();
  const refused = useNetworks().data?.find((network) => network.ccId === ccId)?.refused ?? [];
  if (refused.length === 0) return null;
  return (
    <section className="card" aria-labelledby="refused">
      <h2 id="refused">{t('networks.refused')}</h2>
      <dl>{refused.map(({ id, insId, reason, why }) => <div key={id}><dt><Link className="mono" to="/instances/$id" params={{ id: insId }}>{insId}</Link></dt><dd>{said(why, reason)}</dd></div>)}</dl>
    </section>
  );
}
