// The machines that have their place on a node.
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ProblemLine } from '../../components/ProblemLine.tsx';
import { useGuestsOf } from '../../hooks/useHosts.ts';
import { InstanceMark } from '../instances/InstanceMark.tsx';

export function Guests({ hostId }: { hostId: string }) {
  const { t } = useTranslation();
  const guests = useGuestsOf(hostId);
  return (
    <section className="card" aria-labelledby="guests">
      <h2 id="guests">{t('hosts.guestsTitle')}</h2>
      {guests.isError ? <ProblemLine error={guests.error} onRetry={() => void guests.refetch()} /> : null}
      {guests.data?.length === 0 ? <p role="status">{t('hosts.noGuests')}</p> : null}
      {guests.data && guests.data.length > 0 ? (
        <ul className="on-host">{guests.data.map((guest) => <li key={guest.id}><Link to="/instances/$id" params={{ id: guest.id }}>{guest.name}</Link> <InstanceMark instance={guest} /> <span className="soft">{guest.owner}</span></li>)}</ul>
      ) : null}
    </section>
  );
}
