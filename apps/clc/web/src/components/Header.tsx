// Top bar: the places of the cloud, the mark of a simulated one, language, theme, account.
import { Link, useNavigate } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { logout } from '../api/session.ts';
import { useMe, useStatus } from '../hooks/useCloud.ts';
import { FakeMark } from './FakeMark.tsx';
import { Icon } from './Icon.tsx';
import { Places } from './Places.tsx';
import { LanguageSwitch, ThemeSwitch } from './Switches.tsx';

export function Header({ user }: { user: string }) {
  const { t } = useTranslation();
  const status = useStatus();
  const admin = useMe().data?.role === 'admin';
  const client = useQueryClient();
  const navigate = useNavigate();
  const leave = async (): Promise<void> => {
    await logout().catch(() => undefined);
    // Leave first: a shell without its data would ask for it again.
    await navigate({ to: '/login' });
    client.clear();
  };
  return (
    <header className="top">
      <Link to="/" className="brand" aria-label={`${t('brand')} – ${t('header.home')}`}>
        <img src="/icon.svg" alt="" width="28" height="28" />
        <span>{t('brand')}</span>
      </Link>
      <Places admin={admin} />
      {status.data?.fake ? <FakeMark /> : null}
      <div className="top-end">
        <LanguageSwitch />
        <ThemeSwitch />
        <button type="button" className="quiet" popoverTarget="account" aria-label={`${t('header.account')}: ${user}`}>
          <Icon name="person" /> <span className="wide-only">{user}</span>
        </button>
        <div id="account" popover="auto" className="menu">
          <p>{user}</p>
          <button type="button" onClick={() => void leave()}>{t('header.logout')}</button>
        </div>
      </div>
    </header>
  );
}
