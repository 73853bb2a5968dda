// Frame of every page behind the login: header, live stream, and the way to the login when the session has ended.
import { useEffect } from 'react';
import { Outlet, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { statusOf } from '../api/client.ts';
import { useMe } from '../hooks/useCloud.ts';
import { useLive } from '../hooks/useLive.ts';
import { Header } from './Header.tsx';
import { ProblemLine } from './ProblemLine.tsx';

export function Shell() {
  const me = useMe();
  const { t } = useTranslation();
  const router = useRouter();
  const out = statusOf(me.error) === 401;
  useEffect(() => {
    if (!out) return;
    // Read once, not followed: the address changes while we leave.
    const here = router.state.location.href;
    void router.navigate({ to: '/login', search: here === '/' ? {} : { next: here }, replace: true });
  }, [out, router]);
  if (me.isPending || out) return <p className="splash" role="status">{t('loading')}</p>;
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
