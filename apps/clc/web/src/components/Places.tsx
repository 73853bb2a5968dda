// The main places of the cloud, in the top bar. A new place of its own is one more line here.
import { useEffect, useRef } from 'react';
import { Link, useLocation } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

const PLACES = [
  { to: '/', name: 'home.images', admin: false },
  { to: '/instances', name: 'instance.title', admin: false },
  { to: '/hosts', name: 'hosts.title', admin: true },
  { to: '/networks', name: 'networks.title', admin: true },
  { to: '/types', name: 'types.title', admin: true },
] as const;

export function Places({ admin }: { admin: boolean }) {
  const { t } = useTranslation();
  const nav = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // On a small screen the row is wider than the window: where one is has to be seen.
  useEffect(() => {
    // Newer browsers answer with a promise, which is nothing an effect may give back.
    void nav.current?.querySelector('[aria-current=page]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [pathname, admin]);
  return (
    <nav ref={nav} className="places" aria-label={t('header.places')}>
      {PLACES.filter((place) => admin || !place.admin).map(({ to, name }) => (
        <Link key={to} to={to} className="nav" activeOptions={{ exact: to === '/' }}>{t(name)}</Link>
      ))}
    </nav>
  );
}
