// The door. Comes by itself when the session has ended, and leads back to where one was.
import { useState } from 'react';
import type { FormEvent } from 'react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { login } from '../api/session.ts';
import { keys } from '../hooks/keys.ts';
import { LanguageSwitch, ThemeSwitch } from '../components/Switches.tsx';
import { ProblemLine } from '../components/ProblemLine.tsx';

export function LoginPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { next } = useSearch({ from: '/login' });
  const client = useQueryClient();
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const enter = useMutation({
    mutationFn: () => login(user, password),
    onSuccess: async (reply) => {
      client.setQueryData(keys.me, { user: reply.user, role: reply.role, expiresAt: reply.expiresAt });
      await navigate({ to: next ?? '/' });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    enter.mutate();
  };
  return (
    <div className="door">
      <header className="door-top">
        <LanguageSwitch />
        <ThemeSwitch />
      </header>
      <main className="door-card">
        <p className="door-brand"><img src="/icon.svg" alt="" width="44" height="44" /> <span>{t('brand')}</span></p>
        <h1>{t('login.title')}</h1>
        <p className="lead">{t('login.lead')}</p>
        <form onSubmit={submit}>
          <label>
            {t('login.user')}
            <input name="user" value={user} onChange={(event) => setUser(event.target.value)} autoComplete="username" autoCapitalize="none" required autoFocus />
          </label>
          <label>
            {t('login.password')}
            <input name="password" type="password" value={password} onChange={(event) => setPassword(event.target.value)} autoComplete="current-password" required />
          </label>
          <ProblemLine error={enter.error} />
          <button type="submit" className="primary" disabled={enter.isPending}>{enter.isPending ? t('login.busy') : t('login.submit')}</button>
        </form>
      </main>
      <p className="door-tag">{t('login.tagline')}</p>
    </div>
  );
}
