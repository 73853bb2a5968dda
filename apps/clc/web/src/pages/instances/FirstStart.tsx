// What a machine is told at its first start (cloud-init). Folded away in the dialog that defines one.
import { useTranslation } from 'react-i18next';
import type { CloudInit } from '@educloud/contracts';

export interface FirstStartText { hostname: string; user: string; password: string; sshKeys: string; userData: string }
export const NOTHING_TOLD: FirstStartText = { hostname: '', user: '', password: '', sshKeys: '', userData: '' };

/** Null: nothing was written. */
export function toldBy({ hostname, user, password, sshKeys, userData }: FirstStartText): CloudInit | null {
  const keys = sshKeys.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const told: CloudInit = {
    ...(hostname.trim() ? { hostname: hostname.trim() } : {}), ...(user.trim() ? { user: user.trim() } : {}), ...(password ? { password } : {}),
    ...(keys.length > 0 ? { sshKeys: keys } : {}), ...(userData.trim() ? { userData } : {}),
  };
  return Object.keys(told).length > 0 ? told : null;
}

export function FirstStart({ text, onChange }: { text: FirstStartText; onChange: (text: FirstStartText) => void }) {
  const { t } = useTranslation();
  const set = (key: keyof FirstStartText) => (event: { target: { value: string } }): void => onChange({ ...text, [key]: event.target.value });
  return (
    <details>
      <summary>{t('firstStart.title')}</summary>
      <p><small>{t('firstStart.lead')}</small></p>
      <div className="pair">
        <label>{t('firstStart.hostname')}<input name="hostname" value={text.hostname} onChange={set('hostname')} maxLength={253} autoComplete="off" spellCheck={false} /></label>
        <label>{t('firstStart.user')}<input name="guestUser" value={text.user} onChange={set('user')} placeholder={t('firstStart.userUsual')} maxLength={32} autoComplete="off" spellCheck={false} /></label>
      </div>
      <label>{t('firstStart.password')}<input name="guestPassword" type="password" value={text.password} onChange={set('password')} maxLength={128} autoComplete="new-password" /></label>
      <label>{t('firstStart.sshKeys')}<textarea name="sshKeys" rows={2} className="mono" value={text.sshKeys} onChange={set('sshKeys')} spellCheck={false} placeholder="ssh-ed25519 AAAA…" /></label>
      <label>{t('firstStart.userData')}<textarea name="userData" rows={3} className="mono" value={text.userData} onChange={set('userData')} spellCheck={false} placeholder="#!/bin/sh" /></label>
    </details>
  );
}
