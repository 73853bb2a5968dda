// What a machine is told at its first start (cloud-init). Folded away in the dialogs that define and change one. Nobody gets password, keys and
// user-data back: they are kept until others are typed, or they are taken out.
import { useTranslation } from 'react-i18next';
import type { CloudInit, CloudInitView } from '@educloud/contracts';
import { FieldOf } from '../../components/FieldOf.tsx';
import { Fold } from '../../components/Fold.tsx';

const UNREAD = ['password', 'sshKeys', 'userData'] as const;
type Unread = (typeof UNREAD)[number];
export interface FirstStartText { hostname: string; user: string; password: string; sshKeys: string; userData: string; without: Unread[] }
export const NOTHING_TOLD: FirstStartText = { hostname: '', user: '', password: '', sshKeys: '', userData: '', without: [] };

export const toldOf = (before: CloudInitView | null): FirstStartText => ({ ...NOTHING_TOLD, hostname: before?.hostname ?? '', user: before?.user ?? '' });

/** What of it changes; null takes it out. Undefined: nothing. */
export function toldBy({ hostname, user, password, sshKeys, userData, without }: FirstStartText, before: CloudInitView | null): CloudInit | undefined {
  const keys = sshKeys.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const told: CloudInit = {
    ...Object.fromEntries(without.map((each) => [each, null])),
    ...(hostname.trim() === (before?.hostname ?? '') ? {} : { hostname: hostname.trim() || null }), ...(user.trim() === (before?.user ?? '') ? {} : { user: user.trim() || null }),
    ...(password ? { password } : {}), ...(keys.length > 0 ? { sshKeys: keys } : {}), ...(userData.trim() ? { userData } : {}),
  };
  return Object.keys(told).length > 0 ? told : undefined;
}

export function FirstStart({ text, before, onChange }: { text: FirstStartText; before: CloudInitView | null; onChange: (text: FirstStartText) => void }) {
  const { t } = useTranslation();
  const set = (key: Exclude<keyof FirstStartText, 'without'>) => (event: { target: { value: string } }): void => onChange({ ...text, [key]: event.target.value });
  const kept = (each: Unread): boolean => before !== null && { password: before.hasPassword, sshKeys: before.sshKeys > 0, userData: before.userDataBytes > 0 }[each];
  const hint = (each: Unread): { placeholder?: string; disabled?: true } => ({ ...(kept(each) ? { placeholder: t('firstStart.kept') } : {}), ...(text.without.includes(each) ? { disabled: true } : {}) });
  const takeOut = (each: Unread) => (event: { target: { checked: boolean } }): void => onChange({ ...text, [each]: '', without: UNREAD.filter((other) => (other === each ? event.target.checked : text.without.includes(other))) });
  return (
    <Fold title={t('firstStart.title')}>
      <p><small>{t('firstStart.lead')}</small></p>
      <div className="pair">
        <FieldOf of={['cloudInit', 'cloudInit.hostname']} label={t('firstStart.hostname')}>{(props) => <input name="hostname" value={text.hostname} onChange={set('hostname')} maxLength={253} autoComplete="off" spellCheck={false} {...props} />}</FieldOf>
        <FieldOf of={['cloudInit.user']} label={t('firstStart.user')}>{(props) => <input name="guestUser" value={text.user} onChange={set('user')} placeholder={t('firstStart.userUsual')} maxLength={32} autoComplete="off" spellCheck={false} {...props} />}</FieldOf>
      </div>
      <FieldOf of={['cloudInit.password']} label={t('firstStart.password')}>{(props) => <input name="guestPassword" type="password" value={text.password} onChange={set('password')} maxLength={128} autoComplete="new-password" {...hint('password')} {...props} />}</FieldOf>
      <FieldOf of={['cloudInit.sshKeys.*']} label={t('firstStart.sshKeys')}>{(props) => <textarea name="sshKeys" rows={2} className="mono" value={text.sshKeys} onChange={set('sshKeys')} spellCheck={false} placeholder="ssh-ed25519 AAAA…" {...hint('sshKeys')} {...props} />}</FieldOf>
      <FieldOf of={['cloudInit.userData']} label={t('firstStart.userData')}>{(props) => <textarea name="userData" rows={3} className="mono" value={text.userData} onChange={set('userData')} spellCheck={false} placeholder="#!/bin/sh" {...hint('userData')} {...props} />}</FieldOf>
      {UNREAD.filter(kept).map((each) => <label key={each} className="check"><input name={`without-${each}`} type="checkbox" checked={text.without.includes(each)} onChange={takeOut(each)} />{t(`firstStart.without.${each}`)}</label>)}
    </Fold>
  );
}
