// Frame of every page behind the login: header, live stream, and the way to the login when the session has ended.
import { Navigate, Outlet, useLocation } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { statusOf } from '../api/client.ts';
import { useMe } from '../hooks/useCloud.ts';
import { useLive } from '../hooks/useLive.ts';
import { Header } from './Header.tsx';
import { ProblemLine } from './ProblemLine.tsx';

export function Shell() {
  const me = useMe();
  const { t } = useTranslation();
  const here = useLocation({ select: (location) => location.href });
  if (me.isPending) return <p className="splash" role="status">{t('loading')}</p>;
  if (statusOf(me.error) === 401) return <Navigate to="/login" search={here === '/' ? {} : { next: here }} replace />;
  if (!me.data) return <main className="page"><ProblemLine error={me.error} onRetry={() => void me.refetch()} /></main>;
  return <Inside user={me.data.user} />;
}

function Inside({ user }: { user: string }) {
  const live = useLive();
  const { t } = useTranslation();
  return (
    <>
      <a className="skip" href="#content">{t('skip')}</a>
      <Header user={user} />
      <div className="offline" role="status">{live ? '' : <p>{t('header.offline')}</p>}</div>
      <main id="content" className="page" tabIndex={-1}>
        <Outlet />
      </main>
    </>
  );
}
