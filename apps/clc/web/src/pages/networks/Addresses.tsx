// Addresses and ports of a cluster that somebody has, or had lately, with whose they are.
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useAddresses } from '../../hooks/useNetworks.ts';

export function Addresses({ ccId }: { ccId: string }) {
  const { t } = useTranslation();
  const addresses = useAddresses(ccId).data;
  if (!addresses) return null;
  if (addresses.length === 0) return <p className="lead">{t('networks.nobody')}</p>;
  return (
    <details>
      <summary>{t('networks.whose', { count: addresses.length })}</summary>
      <dl className="card">
        {addresses.map(({ kind, value, state, insId, instance, purpose }) => (
          <div key={`${kind}/${value}`}>
            <dt className="mono">{value}</dt>
            <dd>{insId === null ? t(`networks.state.${state}`) : <><Link to="/instances/$id" params={{ id: insId }}>{instance ?? insId}</Link> · {purpose}</>}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
